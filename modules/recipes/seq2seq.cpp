module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.recipes;
import :arithmetic;
import :corpus;
import :option_names;
import :pair_corpus;
import :run_options;
import :running;
import :seq2seq;
import :seq2seq_folder;
import :sequence_text;
import :translator;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.seq2seq;
import wordmill.stream;
import wordmill.text;
import wordmill.training;

namespace wordmill {
namespace {
/// Pairs that a model is measured on after each epoch. They are read again each time.
struct validation_pairs {
    pair_corpus const* corpus;
    pair_encode_options filter;
    sequence_batch_options batches;
};

struct validation_score {
    loss_sum loss{};
    std::uint64_t pairs = 0;
    std::uint64_t right = 0;
};

std::vector<token_id> target_of(sequence_batch const& batch, std::size_t lane) {
    std::vector<token_id> ids;
    for (std::size_t t = 0; t + 1 < batch.target_steps && batch.targets[(t + 1) * batch.lanes + lane] != no_token; ++t)
        ids.push_back(batch.targets[t * batch.lanes + lane]);
    return ids;
}

validation_score measure(seq2seq_model<float>& model, sequence_setup const& setup, validation_pairs const& on,
                         pass_options const& pass) {
    auto const marks = sequence_marks_of(setup.target);
    decoding_marks const roles{.begin = marks.begin, .end = marks.end, .never = {marks.padding, marks.begin}};
    validation_score score;
    for (auto const& batch :
         sequence_batches(on.corpus->ids(setup.source, setup.target, on.filter, pass), on.batches)) {
        score.loss += model.evaluate(batch).wait();
        decoding_options greedy;
        greedy.most_tokens = batch.target_steps; // what is longer is wrong
        auto const found = decode(model, batch, roles, greedy);
        for (std::size_t b = 0; b < batch.lanes; ++b)
            score.right += found[b].at(0).ended && found[b][0].tokens == target_of(batch, b) ? 1 : 0;
        score.pairs += batch.lanes;
    }
    return score;
}

void describe(pair_encode_options const& filter, note_map& notes) {
    auto const& [max_source, max_target, max_ratio, keep_empty, part, counts] = filter;
    (void)part, (void)counts;
    notes["max-source"] = std::to_string(max_source);
    notes["max-target"] = std::to_string(max_target);
    notes["max-ratio"] = detail::exact_number(max_ratio);
    notes["keep-empty-targets"] = yes_no(keep_empty);
}

note_map notes_of(seq2seq_recipe const& how) {
    auto const& [kind, rate, momentum, decay, beta1, beta2, epsilon, max_norm, lazy] = how.optimizer;
    note_map notes{{"optimizer", std::string(name_in(optimizer_names, kind))},
                   {"batch", std::to_string(how.batch_pairs)},
                   {"batch-tokens", std::to_string(how.batch_tokens)},
                   {"window", std::to_string(how.window)},
                   {"bucket", yes_no(how.bucket)},
                   {"reverse", yes_no(how.reverse_source)},
                   {"clip", detail::exact_number(max_norm)},
                   {"epochs", std::to_string(how.epochs)},
                   {"lr", rate ? detail::exact_number(*rate) : "default"},
                   {"schedule", std::string(name_in(seq2seq_schedule_names, how.schedule))},
                   {"valid-share", detail::exact_number(how.validation_share)},
                   {"precision", std::string(name_in(precision_names, how.products))}};
    if (how.schedule == seq2seq_schedule::inverse_sqrt) notes["warmup"] = std::to_string(how.warmup);
    if (how.schedule == seq2seq_schedule::plateau) notes["decay"] = detail::exact_number(how.decay);
    if (kind == optimizer_kind::adam) notes["betas"] = format_short(beta1) + " " + format_short(beta2);
    (void)momentum, (void)decay, (void)epsilon, (void)lazy; // in the description
    detail::describe(how.run, notes);
    return notes;
}

/// All that decides the result, by the names of the command's options.
note_map describe(seq2seq_recipe const& how, pair_corpus const& corpus) {
    // A new option does not compile until it is here, or it is decided that it changes nothing in a run that goes on.
    auto const& [model, optimizer, schedule, warmup, decay, epochs, patience, batch, batch_tokens, window, bucket,
                 reverse, filter, share, validation, source_words, target_words, shared, device, products, on_best,
                 on_epoch, run] = how;
    (void)schedule, (void)warmup, (void)decay, (void)epochs, (void)batch, (void)batch_tokens, (void)window; // in notes
    (void)bucket, (void)reverse, (void)share, (void)device, (void)products, (void)run;                      // likewise
    (void)patience; // ends the run, changes nothing in it
    (void)on_best, (void)on_epoch;
    auto notes = notes_of(how);
    for (auto const& [key, value] : wordmill::notes_of(model)) notes.emplace(key, value);
    notes.erase("source-vocabulary-size");
    notes.erase("target-vocabulary-size");
    for (auto const& [key, option] : {std::pair("hidden-size", "size"), std::pair("skip", "skip-connections"),
                                      std::pair("decoder-start", "start"), std::pair("context", "max-positions")})
        if (auto note = notes.extract(key)) {
            note.key() = option;
            notes.insert(std::move(note));
        }
    notes["kind of model"] = model.transformer ? "transformer, sequence to sequence" : "sequence to sequence";
    notes.erase("kind");
    notes["optimizer constants"] = format_exact(optimizer.momentum) + " " + format_exact(optimizer.decay) + " "
                                   + format_exact(optimizer.beta1) + " " + format_exact(optimizer.beta2) + " "
                                   + format_exact(optimizer.epsilon) + (optimizer.lazy ? " lazy" : "");
    describe(filter, notes);
    notes["min-count"] = std::to_string(source_words.min_count) + " and " + std::to_string(target_words.min_count);
    notes["max-size"] = std::to_string(source_words.max_size) + " and " + std::to_string(target_words.max_size);
    notes["shared-vocabulary"] = yes_no(shared);
    notes.merge(corpus.description());
    if (validation) notes["validation: input text"] = validation->description().at("input text");
    return notes;
}

/// The vocabularies of a corpus, and how many pairs and target tokens were read for them.
struct counted_setup {
    sequence_setup setup{};
    std::uint64_t pairs = 0;
};

counted_setup make_setup(pair_corpus const& corpus, seq2seq_recipe const& how, pass_options const& pass,
                         std::uint64_t memory) {
    counted_setup out;
    auto& setup = out.setup;
    setup.source_text = corpus.source_text();
    setup.target_text = corpus.target_text();
    setup.reverse_source = how.reverse_source;
    auto const source = corpus.source_text().split(), target = corpus.target_text().split();
    count_options const counting{.memory_bytes = memory / 2, .threads = pass.threads, .counts = pass.counts};
    if (how.shared_vocabulary) {
        setup.source = setup.target =
            sequence_vocabulary(count_shared_words(corpus.text(pass), source, target, counting), how.source_words);
    } else {
        auto const counts = count_pair_words(corpus.text(pass), source, target, counting);
        setup.source = sequence_vocabulary(counts.source, how.source_words);
        setup.target = sequence_vocabulary(counts.target, how.target_words);
    }
    out.pairs = pass.counts.delivered_count("pair");
    return out;
}

/// The longest text of one side that is planned for, where longer ones are not left out.
std::size_t planned_tokens(std::uint64_t most) {
    constexpr std::size_t usual = 50;
    return most == 0 ? usual : static_cast<std::size_t>(most);
}

step_rate rate_of(seq2seq_recipe const& how, double rate) {
    if (how.schedule != seq2seq_schedule::inverse_sqrt) return {};
    return [curve = warmup_rate{.rate = rate, .warmup = how.warmup}](std::uint64_t step) { return curve.at(step + 1); };
}

void check(seq2seq_recipe const& how) {
    auto const refuse = [](std::string const& text) {
        throw error(failure::usage, "sequence-to-sequence model: " + text);
    };
    if (how.epochs == 0) refuse("expected 1 epoch or more, found 0");
    bool const validates = how.validation || how.validation_share > 0;
    if (how.patience > 0 && !validates) refuse("expected validation pairs with a patience, found none");
    if (how.schedule == seq2seq_schedule::plateau && !validates)
        refuse("expected validation pairs with a rate that follows their perplexity, found none");
    if (how.validation && how.validation_share > 0) refuse("expected validation pairs or a share of them, found both");
    if (!(how.validation_share >= 0 && how.validation_share < 1))
        refuse("expected a share of validation pairs from 0 to below 1, found " + format_short(how.validation_share));
    if (!(how.decay > 0 && how.decay <= 1))
        refuse("expected a decay above 0 and at most 1, found " + format_short(how.decay));
    if (how.model.shared_embedding && !how.shared_vocabulary)
        refuse("expected a shared vocabulary with a shared embedding, found one for each side");
    auto options = how.model;
    options.source_vocabulary = options.target_vocabulary = std::numeric_limits<std::uint32_t>::max();
    options.check(); // what no vocabulary could make right
}
}

trained_seq2seq train_seq2seq(pair_corpus const& corpus, seq2seq_recipe const& how) {
    check(how);
    auto const& run = how.run;
    auto const threads = resolve_threads(run.threads).count;
    auto const memory = resolve_memory(run.memory_bytes);
    std::optional<run_folder> folder;
    bool const resumes =
        !run.folder.empty() && run.start != run_start::begin && run_folder::holds_checkpoint(run.folder);
    if (resumes || run.start == run_start::resume) folder = detail::open_folder(run);
    check_passes(corpus.inputs(), how.epochs + (resumes ? 0 : 1));
    pass_options const pass{.threads = threads, .watch = run.watch};

    sequence_setup setup{
        .source_text = corpus.source_text(), .target_text = corpus.target_text(), .reverse_source = how.reverse_source};
    std::uint64_t pairs = 0;
    if (resumes) {
        setup.source = load_vocabulary(folder->file("source.tsv"), sequence_load_options());
        setup.target = load_vocabulary(folder->file("target.tsv"), sequence_load_options());
    } else {
        auto of_counting = pass;
        auto counted = make_setup(corpus, how, of_counting, memory);
        setup = std::move(counted.setup);
        pairs = counted.pairs;
        folder = detail::open_folder(run);
        if (folder) {
            save_vocabulary(setup.source, folder->file("source.tsv"), {.overwrite = true});
            save_vocabulary(setup.target, folder->file("target.tsv"), {.overwrite = true});
        }
    }
    note_map description;
    if (folder) {
        description = describe(how, corpus);
        description["source vocabulary fingerprint"] = std::to_string(setup.source.fingerprint());
        description["target vocabulary fingerprint"] = std::to_string(setup.target.fingerprint());
        check_description(*folder, description);
    }

    auto model_options = how.model;
    model_options.source_vocabulary = setup.source.size();
    model_options.target_vocabulary = setup.target.size();
    auto const moments = how.optimizer.kind == optimizer_kind::sgd    ? 0U
                         : how.optimizer.kind == optimizer_kind::adam ? 2U
                                                                      : 1U;
    auto const needed =
        checked_sum(model_options.memory_bytes(), checked_product(model_options.weights(), 4 * moments));
    detail::check_budget(format_count(setup.source.size()) + " source types, " + format_count(setup.target.size())
                             + " target types, " + std::to_string(model_options.layers) + " layers of "
                             + std::to_string(model_options.hidden_size),
                         needed, memory, "raise --min-count or --memory, lower --size or --max-size");
    detail::tell(run.on_message, (pairs > 0 ? format_count(pairs) + " pairs, " : std::string())
                                     + format_count(setup.source.size()) + " source types, "
                                     + format_count(setup.target.size()) + " target types, " + format_bytes(needed)
                                     + " for the model, " + std::to_string(threads) + " threads");

    auto const source_tokens = planned_tokens(how.filter.max_source_tokens);
    auto const target_tokens = planned_tokens(how.filter.max_target_tokens);
    auto const batch =
        how.batch_tokens == 0 ? how.batch_pairs : how.batch_tokens / std::max(source_tokens, target_tokens) + 1;
    auto const on_device = checked_sum(needed, model_options.working_bytes(batch, source_tokens, target_tokens));
    auto const arithmetic = choose_arithmetic(
        {.device = how.device, .threads = threads, .products = how.products}, [on_device] { return on_device; },
        run.on_message);
    if (!arithmetic.gpu.empty())
        detail::tell(run.on_message, "on the GPU: " + format_bytes(on_device) + " with batches of "
                                         + format_count(batch) + " pairs of up to " + format_count(source_tokens)
                                         + " and " + format_count(target_tokens) + " tokens");

    auto const key = random_key(run.seed);
    trained_seq2seq result{.model = seq2seq_model<float>(model_options, arithmetic.ops, key.fold_in(0)),
                           .setup = setup};
    auto const first_rate =
        how.optimizer.learning_rate.value_or(how.optimizer.kind == optimizer_kind::adam ? 0.001 : 0.01);
    seq2seq_trainer learner(result.model, how.optimizer, key.fold_in(1), rate_of(how, first_rate));
    result.notes = notes_of(how);
    result.notes["lr"] = format_short(first_rate);
    auto shown = wordmill::notes_of(model_options);
    shown.insert(result.notes.begin(), result.notes.end());
    detail::tell(run.on_message, detail::in_words(shown));

    auto const source_marks = sequence_marks_of(setup.source), target_marks = sequence_marks_of(setup.target);
    sequence_batch_options batches{.batch_pairs = how.batch_pairs,
                                   .batch_tokens = how.batch_tokens,
                                   .window = how.window,
                                   .shuffle = true,
                                   .bucket = how.bucket,
                                   .source = source_marks,
                                   .target = target_marks,
                                   .reverse_source = how.reverse_source};
    auto training_filter = how.filter;
    std::optional<validation_pairs> valid;
    if (how.validation || how.validation_share > 0) {
        valid.emplace(validation_pairs{how.validation ? &*how.validation : &corpus, how.filter, batches});
        valid->batches.shuffle = false;
        valid->batches.bucket = true;
        if (how.validation_share > 0) {
            training_filter.part = {.share = how.validation_share, .held_out = false};
            valid->filter.part = {.share = how.validation_share, .held_out = true};
        }
    }

    divergence_guard guard(setup.target.size());
    detail::watched_learner watched(learner, guard);
    detail::run_reporter reporter(run, how.epochs);
    training_standing const* at = nullptr;
    auto const judge = [&](training_report const& epoch) {
        auto score = epoch.loss.mean();
        std::map<std::string, double> scores;
        seq2seq_epoch ended{.epoch = epoch.epoch, .loss = score};
        auto notes = result.notes;
        notes["epoch"] = std::to_string(epoch.epoch);
        notes["training-perplexity"] = format_short(epoch.perplexity());
        auto line = "perplexity " + notes["training-perplexity"];
        if (!guard.is_sound(score))
            throw divergence_error("a mean loss of " + format_short(score) + " in epoch " + std::to_string(epoch.epoch),
                                   learner.learning_rate());
        bool best = true;
        if (valid) {
            auto const measured = measure(result.model, setup, *valid, pass);
            if (measured.pairs == 0)
                throw error(failure::bad_data, "sequence-to-sequence model: expected validation pairs, found none");
            score = measured.loss.mean();
            ended.validation_perplexity = std::exp(score);
            ended.exact_match = static_cast<double>(measured.right) / static_cast<double>(measured.pairs);
            best = score < at->best;
            notes["validation-perplexity"] = format_short(*ended.validation_perplexity);
            notes["validation-exact-match"] = format_short(*ended.exact_match);
            line += ", of " + format_count(measured.pairs) + " validation pairs " + notes["validation-perplexity"]
                    + "; exact match " + format_count(measured.right) + ", " + format_short(100 * *ended.exact_match)
                    + " %";
            if (!best && how.schedule == seq2seq_schedule::plateau) {
                learner.set_learning_rate(learner.learning_rate() * how.decay);
                line += "; learning rate " + format_short(learner.learning_rate()) + " from now on";
            }
        }
        if (ended.exact_match)
            scores = {{"exact match", *ended.exact_match}, {"validation perplexity", *ended.validation_perplexity}};
        reporter.end_epoch(epoch, std::move(scores));
        reporter.tell_epoch(epoch, line);
        for (auto const& [name, value] : notes) result.notes[name] = value;
        if (best && how.on_best) how.on_best(result.model, setup, notes);
        if (how.on_epoch) how.on_epoch(ended);
        return score;
    };
    trainer training(watched, {.evaluation_interval = 0,
                               .on_epoch = judge,
                               .patience = how.patience,
                               .folder = folder,
                               .checkpoint_interval = run.checkpoint_tokens,
                               .description = std::move(description),
                               .on_warning = run.on_warning,
                               .watch = run.watch});
    at = &training.standing();
    if (training.resume())
        detail::tell(run.on_message, "resuming in epoch " + std::to_string(at->epoch + 1) + " after "
                                         + format_count(at->in_epoch.count) + " tokens");
    auto begun = result.notes;
    begun["model"] = "seq2seq";
    if (!arithmetic.gpu.empty()) begun["device"] = arithmetic.gpu;
    reporter.begin({.notes = std::move(begun), .resumes = resumes}, at->epoch + 1);
    reporter.fit(training, [&] [[clang::coro_wrapper]] (std::uint64_t epoch, position from) {
        auto of_epoch = batches;
        of_epoch.key = key.fold_in(2).fold_in(epoch);
        of_epoch.from = from;
        pass_options reading = pass;
        reading.from = from.child(0);
        if (epoch == 0) reading.counts = result.counts;
        return sequence_batches(corpus.ids(setup.source, setup.target, training_filter, reading), of_epoch);
    });
    return result;
}
}
