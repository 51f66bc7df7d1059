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
char const* name_of(glove_vector which) {
    return which == glove_vector::sum ? "sum" : which == glove_vector::word ? "word" : "context";
}

note_map notes_of(glove_recipe const& how) {
    note_map notes{{"model", "glove"},
                   {"size", std::to_string(how.dimension)},
                   {"x-max", detail::short_number(how.objective.x_max)},
                   {"alpha", detail::short_number(how.objective.alpha)},
                   {"clip", detail::short_number(how.objective.clip)},
                   {"rate", detail::short_number(how.learning_rate)},
                   {"epochs", std::to_string(how.epochs)},
                   {"seed", std::to_string(how.run.seed)},
                   {"vectors", name_of(how.vector)}};
    note(how.counting, notes);
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
    if (resumes) counting.words.given = load_vocabulary(folder->file("vocabulary.tsv"));
    auto found = count_pairs(corpus, counting, run, 0.5);
    auto const& words = found.words;
    if (folder && !resumes) save_vocabulary(words, folder->file("vocabulary.tsv"), {.overwrite = true});

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

    auto notes = notes_of(how);
    loss_sum last;
    glove_learner learner(model, entries, {.threads = threads, .rate = how.learning_rate, .progress = run.watch});
    std::optional<detail::run_recorder> recorder;
    trainer training(learner, {.evaluation_interval = 0,
                               .on_epoch =
                                   [&](training_report const& report) {
                                       last = report.loss;
                                       detail::tell(run.on_message, "epoch " + std::to_string(report.epoch) + " of "
                                                                        + std::to_string(how.epochs) + ": loss "
                                                                        + detail::short_number(report.loss.mean()));
                                       recorder->end_epoch(report.loss.mean());
                                       return report.loss.mean();
                                   },
                               .folder = std::move(folder),
                               .checkpoint_interval = run.checkpoint_tokens,
                               .described = detail::in_words(notes) + ", instructions "
                                            + std::string(glove_model::instruction_set()) + ", vocabulary "
                                            + std::to_string(words.fingerprint()) + ", inputs "
                                            + std::to_string(fingerprint(corpus.inputs()))
                                            + (run.described.empty() ? "" : ", " + run.described),
                               .on_warning = run.on_warning,
                               .watch = run.watch});
    if (training.resume()) {
        if (!training.curve().empty()) last = training.curve().back().loss;
        detail::tell(run.on_message, "resuming in epoch " + std::to_string(training.epoch() + 1) + " after "
                                         + format_count(training.standing().in_epoch.count) + " pairs of types");
    }
    recorder.emplace(run,
                     begun_run{.notes = notes,
                               .tokens_before = training.epoch() * nonzeros + training.standing().in_epoch.count,
                               .resumes = resumes},
                     training.epoch() + 1);
    try {
        training.fit([&] [[clang::coro_wrapper]] (
                         std::uint64_t epoch, position from) { return glove_rounds(entries, epoch, std::move(from)); },
                     how.epochs - std::min(training.epoch(), how.epochs));
    } catch (error const& e) {
        if (e.kind() == failure::interrupted) recorder->check();
        throw;
    }
    recorder->finish();
    notes["loss"] = detail::short_number(last.mean());
    return vectors_of(
        words, how.dimension, [&](token_id id, std::span<float> row) { model.vector_of(id, row, how.vector); }, notes);
}
}
