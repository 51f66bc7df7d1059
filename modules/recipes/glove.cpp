module;
#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
module wordmill.recipes;
import :cooccurrence;
import :corpus;
import :glove;
import :option_names;
import :run_options;
import :running;
import wordmill.core;
import wordmill.glove;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;
import wordmill.training;
import wordmill.vectors;

namespace wordmill {
namespace {
note_map notes_of(glove_recipe const& how) {
    // A new option does not compile until it has its note, or it is decided that it changes nothing.
    auto const& [dimension, objective, rate, epochs, vector, counting, run] = how;
    auto const& [x_max, alpha, clip] = objective;
    note_map notes{{"model", "glove"},
                   {"size", std::to_string(dimension)},
                   {"x-max", detail::exact_number(x_max)},
                   {"alpha", detail::exact_number(alpha)},
                   {"clip", detail::exact_number(clip)},
                   {"rate", detail::exact_number(rate)},
                   {"epochs", std::to_string(epochs)},
                   {"vectors", std::string(name_in(glove_vector_names, vector))},
                   {"instruction set", std::string(glove_model::instruction_set())}};
    detail::describe(run, notes);
    note(counting, notes);
    return notes;
}
}

word_vectors train_glove(any_corpus const& corpus, glove_recipe const& how) {
    if (how.epochs == 0) throw error(failure::usage, "GloVe: expected 1 epoch or more, found 0");
    auto const& run = how.run;
    auto const threads = resolve_threads(run.threads).count;
    auto const memory = resolve_memory(run.memory_bytes);
    auto folder = detail::open_folder(run);
    bool const resumes = folder && folder->resumes();
    auto counting = how.counting;
    auto notes = notes_of(how);
    note_map description;
    if (resumes) { // refuses other options before pairs are counted
        counting.words.given = load_vocabulary(folder->file("vocabulary.tsv"));
        description = detail::describe_run(folder, notes, corpus, how.counting.words, *counting.words.given);
    }
    auto found = count_pairs(corpus, counting, run, 0.5);
    check_pairs(found, counting, "GloVe");
    auto const& words = found.words;
    if (folder && !resumes) {
        save_vocabulary(words, folder->file("vocabulary.tsv"), {.overwrite = true});
        description = detail::describe_run(folder, notes, corpus, how.counting.words, words);
    }

    glove_options const options{
        .vocabulary_size = words.size(), .dimension = how.dimension, .objective = how.objective};
    auto const nonzeros = found.counts.totals().nonzeros;
    auto const for_entries = memory / 4;
    auto const needed = glove_memory_bytes(options, nonzeros, for_entries, threads);
    detail::check_budget(format_count(words.size()) + " types of " + std::to_string(how.dimension) + " dimensions",
                         needed, memory, "raise --min-count or --memory, lower --size or --max-size");
    auto const key = random_key(run.seed);
    glove_model model(options, key.fold_in(2));
    shuffled_cooccurrences const entries(
        found.counts, {.memory_bytes = for_entries, .folder = how.counting.temporary_folder, .key = key.fold_in(3)});
    found.counts = {};
    detail::tell(run.on_message, format_count(nonzeros) + " pairs of types"
                                     + (entries.spilled() ? ", shuffled on disk" : "") + ", " + format_bytes(needed)
                                     + " for the model and them");

    loss_sum last;
    glove_learner learner(model, entries, {.threads = threads, .rate = how.learning_rate, .progress = run.watch});
    detail::run_reporter reporter(run, how.epochs);
    trainer training(learner, {.evaluation_interval = 0,
                               .on_epoch =
                                   [&](training_report const& report) {
                                       last = report.loss;
                                       reporter.tell_epoch(report, "loss " + format_short(report.loss.mean()));
                                       return reporter.end_epoch(report);
                                   },
                               .folder = std::move(folder),
                               .checkpoint_interval = run.checkpoint_tokens,
                               .description = std::move(description),
                               .on_warning = run.on_warning,
                               .watch = run.watch});
    if (training.resume()) {
        if (!training.curve().empty()) last = training.curve().back().loss;
        detail::tell(run.on_message, "resuming in epoch " + std::to_string(training.epoch() + 1) + " after "
                                         + format_count(training.standing().in_epoch.count) + " pairs of types");
    }
    reporter.begin({.notes = notes,
                    .tokens_before = training.epoch() * nonzeros + training.standing().in_epoch.count,
                    .resumes = resumes},
                   training.epoch() + 1);
    reporter.fit(training, [&] [[clang::coro_wrapper]] (std::uint64_t epoch, position from) {
        return glove_rounds(entries, epoch, std::move(from));
    });
    notes["loss"] = format_short(last.mean());
    return vectors_of(
        words, how.dimension, [&](token_id id, std::span<float> row) { model.vector_of(id, row, how.vector); }, notes);
}
}
