module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.recipes;
import :arithmetic;
import :corpus;
import :language_model;
import :language_vocabulary;
import :option_names;
import :run_options;
import :running;
import wordmill.batch;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
import wordmill.training;

namespace wordmill {
namespace {
/// Judges the model at the ends of epochs. The losses of training are those before each update, so the last updates of
/// an epoch are seen only here.
class soundness {
public:
    soundness(language_model<float>& model, stored_ids ids, bptt_options lanes, divergence_guard const& guard)
        : model_(&model), ids_(std::move(ids)), lanes_(std::move(lanes)), guard_(&guard) {
        lanes_.layout = lane_layout::parts;
    }

    /// Measures the loss of the model at the beginning of each lane. Returns whether the model is sound.
    bool measure() {
        // A model that was trained with a memory predicts badly before it has one: short batches are not enough.
        constexpr std::uint64_t least_steps = 140;
        auto const batches = std::max<std::uint64_t>(4, least_steps / lanes_.steps);
        loss_ = evaluate_perplexity(*model_, bptt_batches(ids_, lanes_) | take(batches)).loss.mean();
        in_a_row_ = guard_->is_sound(loss_) ? 0 : in_a_row_ + 1;
        return in_a_row_ == 0;
    }
    [[nodiscard]] bool measured() const noexcept { return loss_ >= 0; }
    [[nodiscard]] unsigned unsound_in_a_row() const noexcept { return in_a_row_; }
    [[nodiscard]] bool is_worse_than_guessing() const noexcept { return loss_ > guard_->guessing(); }
    [[nodiscard]] std::string in_words() const {
        return "a perplexity of " + format_short(std::exp(loss_)) + " on the training text, where guessing has "
               + format_short(std::exp(guard_->guessing()));
    }

private:
    language_model<float>* model_;
    stored_ids ids_;
    bptt_options lanes_;
    divergence_guard const* guard_;
    double loss_ = -1; // negative: not measured
    unsigned in_a_row_ = 0;
};

/// The ids of a corpus, in a temporary file.
stored_ids ids_of(any_corpus const& corpus, vocabulary const& words, language_model_recipe const& how, unsigned threads,
                  tally const& counts) {
    corpus.require_sentence_mark(words, how.sentence_end);
    return stored_ids(corpus.ids(words, {.threads = threads, .watch = how.run.watch, .counts = counts}),
                      how.temporary_folder, how.run.watch);
}

/// How often the unknown word of a vocabulary occurs.
std::uint64_t count_unknown(stored_ids const& ids, vocabulary const& words) {
    if (!words.unknown()) return 0;
    std::vector<token_id> some(std::size_t{1} << 16);
    std::uint64_t count = 0;
    for (std::uint64_t at = 0; at < ids.size(); at += some.size()) {
        some.resize(static_cast<std::size_t>(std::min<std::uint64_t>(some.size(), ids.size() - at)));
        ids.read(at, some);
        count += static_cast<std::uint64_t>(std::ranges::count(some, *words.unknown()));
    }
    return count;
}

std::uint64_t memory_of(language_model_options const& model, optimizer_kind kind) {
    auto const moments = kind == optimizer_kind::sgd ? 0 : kind == optimizer_kind::adam ? 2 : 1;
    return checked_sum(model.memory_bytes(), checked_product(model.weights(), 4 * moments));
}

constexpr unsigned most_unsound = 3; // epochs in a row, after which a run stops

/// How many tokens there were, how many of them were the unknown word, and how many more were left out.
void note_coverage(note_map& notes, std::string const& prefix, std::uint64_t tokens, std::uint64_t unknown,
                   detail::coverage const& found) {
    notes[prefix + "tokens"] = std::to_string(tokens);
    notes[prefix + "unknown-tokens"] = std::to_string(unknown);
    notes[prefix + "left-out-tokens"] = found.left ? std::to_string(*found.left) : "unknown";
}

note_map notes_of(language_model_recipe const& how) {
    auto const& [kind, rate, momentum, decay, beta1, beta2, epsilon, max_norm, lazy] = how.optimizer;
    (void)momentum, (void)decay, (void)beta1, (void)beta2, (void)epsilon, (void)lazy; // in the description
    note_map notes{{"optimizer", std::string(name_in(optimizer_names, kind))},
                   {"batch", std::to_string(how.lanes.lanes)},
                   {"bptt", std::to_string(how.lanes.steps)},
                   {"layout", std::string(name_in(lane_layout_names, how.lanes.layout))},
                   {"clip", detail::exact_number(max_norm)},
                   {"epochs", std::to_string(how.epochs)},
                   {"lr", rate ? detail::exact_number(*rate) : "default"},
                   {"schedule", std::string(name_in(rate_schedule_names, how.schedule))},
                   {"precision", std::string(name_in(precision_names, how.products))}};
    if (how.warmup > 0) notes["warmup"] = std::to_string(how.warmup);
    detail::describe(how.run, notes);
    return notes;
}

/// The learning rate of each step, from 0, of the schedules that do not depend on perplexities.
std::function<double(std::uint64_t)> curve_of(language_model_recipe const& how, double rate, std::uint64_t steps) {
    auto const falling = steps - std::min(how.warmup, steps);
    auto const as_function = [&](auto then) -> std::function<double(std::uint64_t)> {
        return [curve = after_warmup<decltype(then)>{then, how.warmup}](std::uint64_t step) { return curve.at(step); };
    };
    switch (how.schedule) {
    case rate_schedule::cosine: return as_function(cosine_rate{.first = rate, .steps = falling});
    case rate_schedule::linear: return as_function(linear_rate{.first = rate, .steps = falling});
    case rate_schedule::inverse_sqrt:
        return [curve = warmup_rate{.rate = rate, .warmup = how.warmup}](std::uint64_t step) {
            return curve.at(step + 1);
        };
    case rate_schedule::quarter:
    case rate_schedule::constant: break;
    }
    return {};
}

/// All options that decide the result, by the names of the command's.
note_map options_of(language_model_recipe const& how) {
    // A new option does not compile until it is here, or it is decided that it changes nothing in a run that goes on.
    auto const& [model, optimizer, schedule, warmup, lanes, epochs, patience, validation, sentence_end, words, folder,
                 device, products, on_best, run] = how;
    (void)schedule, (void)warmup, (void)lanes, (void)epochs, (void)products, (void)run; // in the notes
    (void)sentence_end, (void)words; // in the description of the corpus, in the vocabulary's fingerprint
    (void)patience;                  // ends the run, changes nothing in it
    (void)device;                    // changes the rounding only
    (void)folder, (void)on_best;
    auto notes = notes_of(how);
    for (auto const& [key, value] : wordmill::notes_of(model)) notes.emplace(key, value);
    notes.erase("vocabulary-size");
    for (auto const& [key, option] :
         {std::pair("hidden-size", "size"), std::pair("dropout-per-sequence", "variational"),
          std::pair("skip", "skip-connections")})
        if (auto note = notes.extract(key)) {
            note.key() = option;
            notes.insert(std::move(note));
        }
    notes["model"] = model.transformer ? "transformer language model" : "language model";
    notes.erase("kind");
    notes.erase("context"); // the steps of a batch
    notes["optimizer constants"] = format_exact(optimizer.momentum) + " " + format_exact(optimizer.decay) + " "
                                   + format_exact(optimizer.beta1) + " " + format_exact(optimizer.beta2) + " "
                                   + format_exact(optimizer.epsilon) + (optimizer.lazy ? " lazy" : "");
    if (validation) {
        auto const text = validation->description();
        for (auto const& key : {"input text", "encoded input"})
            if (auto const found = text.find(key); found != text.end())
                notes["validation: " + found->first] = found->second;
    }
    return notes;
}
}

trained_language_model train_language_model(any_corpus const& corpus, language_model_recipe const& how) {
    if (how.epochs == 0) throw error(failure::usage, "language model: expected 1 epoch or more, found 0");
    if (how.patience > 0 && !how.validation)
        throw error(failure::usage, "language model: expected a validation text with a patience, found none");
    bool const warms_up = how.schedule != rate_schedule::quarter && how.schedule != rate_schedule::constant;
    if (how.warmup > 0 && !warms_up)
        throw error(failure::usage, "language model: expected a cosine, a line or an inverse square root as schedule "
                                    "with a warmup, found "
                                        + std::string(name_in(rate_schedule_names, how.schedule)));
    if (how.warmup == 0 && how.schedule == rate_schedule::inverse_sqrt)
        throw error(failure::usage, "language model: expected a warmup of 1 step or more with an inverse square root "
                                    "as schedule, found 0");
    auto const& run = how.run;
    auto model_options = how.model;
    if (model_options.transformer) model_options.transformer->context = how.lanes.steps;
    model_options.vocabulary_size = std::numeric_limits<std::uint32_t>::max();
    model_options.check(); // what no vocabulary could make right
    auto const threads = resolve_threads(run.threads).count;
    auto const memory = resolve_memory(run.memory_bytes);
    std::optional<run_folder> folder;
    bool const resumes =
        !run.folder.empty() && run.start != run_start::begin && run_folder::holds_checkpoint(run.folder);
    if (resumes || run.start == run_start::resume) folder = detail::open_folder(run);
    check_passes(corpus, 1 + (resumes ? 0 : passes_of(how.words)));
    auto words =
        resumes ? load_vocabulary(folder->file("vocabulary.tsv"))
                : detail::make_language_vocabulary(corpus, how.words, {.threads = threads, .watch = run.watch}, memory);
    corpus.require_sentence_mark(words, how.sentence_end); // before an older run is replaced
    auto const describe = [&] {
        return detail::describe_run(folder, folder ? options_of(how) : note_map{}, corpus, how.words, words);
    };
    note_map description;
    if (resumes)
        description = describe(); // refuses another run before the text is read
    else
        folder = detail::open_folder(run);
    tally counts;
    // Whether a text has words that a given vocabulary lacks is known after the pass.
    auto const open = !resumes && how.words.given && !corpus.encoded() ? detail::with_unknown(words) : words;
    auto const ids = ids_of(corpus, open, how, threads, counts);
    auto const covered = detail::coverage_of(corpus, open, counts);
    auto const unknown = count_unknown(ids, open);
    if (unknown > 0) words = open;
    if (!resumes) {
        if (folder) save_vocabulary(words, folder->file("vocabulary.tsv"), {.overwrite = true});
        description = describe();
    }
    if (folder) description["fingerprint of the ids"] = std::to_string(ids.fingerprint());
    if (auto const line = detail::in_words(covered, ids.size()); !line.empty()) detail::tell(run.on_message, line);
    std::optional<stored_ids> valid;
    detail::coverage valid_covered;
    if (how.validation) {
        tally const valid_counts;
        valid = ids_of(*how.validation, words, how, threads, valid_counts);
        valid_covered = detail::coverage_of(*how.validation, words, valid_counts);
        if (auto const line = detail::in_words(valid_covered, valid->size()); !line.empty())
            detail::tell(run.on_message, "validation text: " + line);
        if (valid->size() < 2)
            throw error(failure::bad_data, "validation text (--valid): expected two tokens or more, found "
                                               + std::to_string(valid->size()));
    }
    auto const batches = batches_in_pass(ids.size(), how.lanes); // refuses a text that is too short
    auto const wraps = how.lanes.layout == lane_layout::wrap_around;
    auto const in_epoch = wraps ? batches * how.lanes.lanes * how.lanes.steps : ids.size() - 1;
    model_options.vocabulary_size = words.size();
    auto const needed = memory_of(model_options, how.optimizer.kind);
    detail::check_budget(format_count(words.size()) + " types, " + std::to_string(model_options.layers) + " layers of "
                             + std::to_string(model_options.hidden_size),
                         needed, memory, "raise --min-count or --memory, lower --size or --max-size");
    detail::tell(run.on_message, format_count(words.size()) + " types, " + format_bytes(needed) + " for the model, "
                                     + std::to_string(threads) + " threads");

    auto const on_device = checked_sum(needed, model_options.working_bytes(how.lanes.lanes, how.lanes.steps));
    auto const arithmetic = choose_arithmetic(
        {.device = how.device, .threads = threads, .products = how.products}, [on_device] { return on_device; },
        run.on_message);
    if (!arithmetic.gpu.empty()) detail::tell(run.on_message, "on the GPU: " + format_bytes(on_device));

    auto const key = random_key(run.seed);
    trained_language_model result{.model = language_model<float>(model_options, arithmetic.ops, key.fold_in(0)),
                                  .words = words,
                                  .counts = counts};
    language_trainer learner(result.model, how.optimizer, key.fold_in(1));
    auto const rate = learner.learning_rate();
    result.notes = notes_of(how);
    result.notes["lr"] = format_short(rate);
    auto shown = wordmill::notes_of(model_options);
    shown.insert(result.notes.begin(), result.notes.end());
    detail::tell(run.on_message, detail::in_words(shown));

    note_coverage(result.notes, "", ids.size(), unknown, covered);
    if (valid) note_coverage(result.notes, "validation-", valid->size(), count_unknown(*valid, words), valid_covered);
    divergence_guard guard(words.size());
    soundness sound(result.model, ids, how.lanes, guard);
    detail::watched_learner scheduled(learner, guard, curve_of(how, rate, batches * how.epochs));
    detail::run_reporter reporter(run, how.epochs);
    training_standing const* at = nullptr;
    auto const judge = [&](training_report const& epoch) {
        auto score = epoch.loss.mean();
        std::map<std::string, double> scores;
        auto const perplexity = format_short(epoch.perplexity());
        auto notes = result.notes;
        notes["epoch"] = std::to_string(epoch.epoch);
        notes["training-perplexity"] = perplexity;
        auto line = "perplexity " + perplexity;
        bool const is_sound = sound.measure();
        bool const is_last = epoch.epoch == how.epochs;
        bool best = is_sound;
        if (!is_sound) score = std::numeric_limits<double>::infinity();
        if (valid) {
            if (is_sound)
                score =
                    evaluate_perplexity(result.model, bptt_batches(*valid, {.lanes = evaluation_lanes(valid->size()),
                                                                            .steps = evaluation_steps(model_options)}))
                        .perplexity();
            quarter_on_worse next{.rate = learner.learning_rate(), .best = at->best};
            best = next.saw(score);
            notes["validation-perplexity"] = format_short(score);
            scores["validation perplexity"] = score;
            line += ", of the validation text " + format_short(score);
            if (!best && how.schedule == rate_schedule::quarter) {
                learner.set_learning_rate(next.rate);
                line += "; learning rate " + format_short(next.rate) + " from now on";
            }
        }
        reporter.end_epoch(epoch, std::move(scores));
        reporter.tell_epoch(epoch, line);
        // Without a validation text each model replaces the one before it, but not a good one by one that is worse than
        // guessing.
        auto const before = std::span(at->curve).first(at->curve.size() - 1);
        bool const was_good = std::ranges::any_of(
            before, [&](training_report const& report) { return report.loss.mean() <= guard.guessing(); });
        bool const keeps = best && (valid || !was_good || !sound.is_worse_than_guessing());
        if (!is_sound && (is_last || sound.unsound_in_a_row() == most_unsound)) // before a checkpoint of it is written
            throw divergence_error(sound.in_words(), learner.learning_rate());
        if (!is_sound || (best && !keeps))
            detail::tell(run.on_warning,
                         "epoch " + std::to_string(epoch.epoch) + ": the model is not kept, with " + sound.in_words());
        else if (is_last && sound.is_worse_than_guessing())
            detail::tell(run.on_warning, "the model is worse than guessing, with " + sound.in_words()
                                             + " (give a lower --lr or more --epochs)");
        result.notes.insert_or_assign("epoch", notes["epoch"]);
        result.notes.insert_or_assign("training-perplexity", perplexity);
        if (keeps && how.on_best) how.on_best(result.model, words, notes);
        return score;
    };
    trainer training(scheduled, {.evaluation_interval = 0,
                                 .on_epoch = judge,
                                 .patience = how.patience,
                                 .folder = folder,
                                 .checkpoint_interval = run.checkpoint_tokens,
                                 .description = std::move(description),
                                 .on_warning = run.on_warning,
                                 .epochs_continue = wraps,
                                 .watch = run.watch});
    at = &training.standing();
    if (training.resume())
        detail::tell(run.on_message, "resuming in epoch " + std::to_string(at->epoch + 1) + " after "
                                         + format_count(at->in_epoch.count) + " tokens");
    auto const left = how.epochs - std::min(at->epoch, how.epochs);
    auto watch = run.watch;
    watch.expect_learnt(left * in_epoch - std::min(at->in_epoch.count, in_epoch));
    auto begun = result.notes;
    begun["model"] = "lm";
    if (!arithmetic.gpu.empty()) begun["device"] = arithmetic.gpu;
    reporter.begin(
        {.notes = std::move(begun), .tokens_before = at->epoch * in_epoch + at->in_epoch.count, .resumes = resumes},
        at->epoch + 1);
    reporter.fit(training, [&] [[clang::coro_wrapper]] (std::uint64_t, position from) {
        auto lanes = how.lanes;
        lanes.from = std::move(from);
        return bptt_batches(ids, lanes);
    });
    // Patience may end the run after such an epoch, and a finished run that is resumed trains no epoch.
    if (sound.measured() ? sound.unsound_in_a_row() > 0 : !sound.measure())
        throw divergence_error(sound.in_words(), learner.learning_rate());
    return result;
}
}
