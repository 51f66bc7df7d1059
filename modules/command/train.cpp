module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :metrics_arguments;
import :progress;
import :run_folder;
import :signals;
import :train_options;
import :train_outputs;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.metrics;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
namespace {
/// A source that is trained on in legs, with a checkpoint between them.
struct leg_source {
    generator<bordered_block> blocks;
    std::optional<generator<bordered_block>::iterator> next{};
    bool ended = false;
    bool stopped = false; ///< on request: what was delivered is learnt from, then the run ends
};

/// Blocks up to about `tokens` of them; `at` says where what was delivered ends.
generator<bordered_block> leg(leg_source* source, standing* at, std::uint64_t tokens) {
    auto const until = at->border.tokens + std::min(tokens, ~std::uint64_t{0} - at->border.tokens);
    while (at->border.tokens < until) {
        try {
            if (source->next)
                ++*source->next;
            else
                source->next.emplace(source->blocks.begin());
            source->ended = *source->next == source->blocks.end();
        } catch (error const& e) {
            if (e.kind() != failure::interrupted) throw;
            source->stopped = true;
        }
        if (source->ended || source->stopped) co_return;
        auto&& block = **source->next;
        at->at = block.next;
        at->border = block.state;
        co_yield std::move(block);
    }
}

std::string names(std::vector<input_file> const& inputs) {
    std::string out;
    for (auto const& input : inputs) out += (out.empty() ? "" : " ") + input.name;
    return out;
}

/// One run of the command, from options to vectors.
class training_run {
public:
    training_run(train_arguments const& arguments, architecture what)
        : a_(arguments),
          o_(resolve(arguments, what)),
          log_(arguments.run.log()),
          inputs_(find_inputs(arguments.input.inputs)),
          corpus_(arguments.input.open(inputs_, arguments.tokens, arguments.run)),
          threads_(arguments.run.thread_count()) {
        passes_ = o_.epochs + (a_.resume.empty() ? a_.words.passes() : 0);
        check_passes("train", inputs_, passes_, "give --vocabulary and --epochs 1, or write the input to a file");
        if (a_.output.output == "-")
            throw error(failure::usage, "train: expected --output FILE for the vectors, found none");
        if (!a_.resume.empty() && (!a_.checkpoint.empty() || !a_.words.file.empty()))
            throw error(failure::usage,
                        "--resume: the folder has vocabulary and checkpoint; expected neither --vocabulary "
                        "nor --checkpoint beside it");
        output_ = a_.output.resolve(inputs_);
        check_outputs(a_, inputs_);
    }

    void run() {
        interruptible(log_, watch_, [&] { train(); });
        if (stopped_)
            throw error(failure::interrupted, "stopped on request; all that was learnt is in the checkpoint",
                        {.file = folder_->path()}, "--resume goes on");
    }

private:
    void say(std::string const& line) const {
        if (!log_.quiet) log_line(log_, "info", line);
    }

    vocabulary make_vocabulary() {
        if (!a_.resume.empty()) return folder_.emplace(run_folder::resume(a_.resume)).words();
        return a_.words.resolve(corpus_, a_.input.pass(a_.run, watch_, {}), a_.run);
    }

    /// Weights, the table that is written, the noise distribution or tree, and the rows of subwords.
    void check_memory(vocabulary const& words, word2vec_options const& model) const {
        auto const rows = words.size() + (o_.subwords.any() ? o_.subwords.buckets : 0);
        auto const plan = embedding_weights::memory_bytes(rows, words.size(), o_.size)
                          + embedding_weights::memory_bytes(words.size(), words.size(), o_.size) / 2 + words.size() * 24
                          + model.tree.memory_bytes() + model.subwords.memory_bytes();
        auto const most = a_.run.memory_bytes();
        if (plan > most)
            throw error(failure::resource,
                        "train: " + format_count(words.size()) + " types"
                            + (o_.subwords.any() ? " and " + format_count(o_.subwords.buckets) + " buckets" : "")
                            + " of " + std::to_string(o_.size) + " dimensions need " + format_bytes(plan)
                            + ", --memory allows " + format_bytes(most),
                        {}, "raise --min-count or --memory, lower --size, --max-size or --bucket");
        say(format_count(words.size()) + " types, " + format_bytes(plan) + " for the model, " + std::to_string(threads_)
            + " threads");
    }

    [[clang::coro_wrapper]] generator<bordered_block> blocks_of(vocabulary const& words, window_options const& windows,
                                                                random_key key, standing const& from) {
        pass_options const pass{.from = from.at,
                                .threads = a_.deterministic ? reading_threads(threads_) : threads_,
                                .watch = watch_,
                                .counts = counts_};
        return with_borders(
            corpus_.ids(words, pass, subsample(words, {.threshold = o_.sample, .key = key, .counts = counts_}),
                        [this] [[clang::coro_wrapper]] (auto source) { return shown_->timed(std::move(source)); }),
            windows, from.border);
    }

    /// From where the epoch stands to its end, or to a request to stop.
    void train_epoch_from(standing& at, word2vec_model& model, vocabulary const& words,
                          noise_distribution const& noise) {
        counts_ = tally();
        auto const key = random_key(o_.seed).fold_in(at.epoch + 1);
        window_options const windows{.radius = o_.window,
                                     .shrink = !a_.fixed_window,
                                     .cross_sentences = a_.cross_sentences,
                                     .key = key.fold_in(1),
                                     .counts = counts_};
        auto const to_batch =
            chain(context_windows(windows),
                  negative_samples(noise, {.count = o_.negative, .sharing = o_.share, .key = key.fold_in(2)}));
        epoch_options const how{.threads = threads_,
                                .tokens_before = at.epoch * words.tokens(),
                                .rate = {.first = o_.alpha,
                                         .last = o_.min_alpha,
                                         .tokens = o_.epochs * std::max<std::uint64_t>(words.tokens(), 1)},
                                .progress = watch_};
        auto const every = parse_count(a_.every, "--checkpoint-every");
        leg_source source{.blocks = blocks_of(words, windows, key.fold_in(0), at)};
        while (!source.ended && !source.stopped) {
            auto blocks = leg(&source, &at, folder_ ? std::max<std::uint64_t>(every, 1) : ~std::uint64_t{0});
            at.loss += a_.deterministic ? train_epoch_in_order(model, std::move(blocks), to_batch, how)
                                        : train_epoch(model, std::move(blocks), to_batch, how);
            if (folder_ && !source.ended) folder_->save(model, at, options_);
        }
        if (source.stopped && !folder_) watch_.check();
        stopped_ = source.stopped;
    }

    void train() {
        progress shown(log_, "training", {.stored_bytes = passes_ * total_bytes(inputs_)}, watch_);
        shown_ = &shown;
        auto const words = make_vocabulary();
        if (!a_.checkpoint.empty()) folder_ = run_folder::begin(a_.checkpoint, words, a_.output.overwrite);
        auto notes = notes_of(o_, a_);
        for (auto const& [key, value] : notes) options_ += (options_.empty() ? "" : ", ") + key + " " + value;
        say(options_);
        options_ +=
            (a_.tokens.phrases.empty() ? std::string()
                                       : ", phrases " + std::to_string(fingerprint(load_phrases(a_.tokens.phrases))))
            + ", vocabulary " + std::to_string(words.fingerprint()) + ", inputs "
            + std::to_string(fingerprint(inputs_));
        word2vec_options const what{.vocabulary_size = words.size(),
                                    .dimension = o_.size,
                                    .architecture = o_.architecture,
                                    .cbow = o_.cbow,
                                    .tree = o_.hierarchical ? huffman_tree(words.counts()) : huffman_tree(),
                                    .subwords =
                                        o_.subwords.any() ? subword_table(words, o_.subwords) : subword_table()};
        check_memory(words, what);
        word2vec_model model(what, random_key(o_.seed));
        noise_distribution const noise(words, {.power = o_.exponent});
        standing at;
        if (!a_.resume.empty()) {
            at = folder_->load(model, options_, log_);
            say("going on in epoch " + std::to_string(at.epoch + 1) + " behind " + format_count(at.border.tokens)
                + " tokens");
        }
        auto described = notes;
        described["inputs"] = names(inputs_);
        described["output"] = a_.output.output;
        described["threads"] = std::to_string(threads_);
        described["types"] = std::to_string(words.size());
        described["corpus-tokens"] = std::to_string(words.tokens());
        auto const tokens_before = at.epoch * words.tokens() + at.border.tokens;
        std::optional<training_recorder> recorder;
        if (auto sinks = a_.metrics.sinks({.notes = described,
                                           .tokens_before = tokens_before,
                                           .goes_on = !a_.resume.empty(),
                                           .overwrite = a_.output.overwrite});
            !sinks.empty())
            recorder.emplace(watch_, std::move(sinks),
                             recorder_options{.every = a_.metrics.seconds(),
                                              .epoch = at.epoch + 1,
                                              .tokens_before = tokens_before,
                                              .limiting_stage = [&shown] { return shown.limiting_stage(); }});
        training_loss last;
        try {
            last = train_epochs(at, model, words, noise, recorder ? &*recorder : nullptr);
            if (recorder) recorder->finish();
        } catch (error const& e) {
            // a point that cannot be written stops the run: that is the error to show
            if (e.kind() == failure::interrupted && recorder) recorder->check();
            throw;
        }
        if (stopped_) return shown.finish();
        auto const limiting = shown.limiting_stage();
        auto const seconds = shown.seconds();
        shown.finish();
        if (last.examples > 0) notes["loss"] = number(last.mean());
        save_trained(model, words, notes, {a_, o_, output_});
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch_.tokens()) / seconds);
        say(format_count(words.size()) + " vectors written; " + format_count(speed) + " tokens/s"
            + (passes_ > o_.epochs ? ", the vocabulary's pass included" : "") + ", limited by " + limiting);
        if (!log_.quiet) report_counts(log_, counts_);
    }

    /// From where the run stands to its end, or to a request to stop. The loss is that of the last epoch.
    training_loss train_epochs(standing& at, word2vec_model& model, vocabulary const& words,
                               noise_distribution const& noise, training_recorder* recorder) {
        auto last = at.loss;
        while (at.epoch < o_.epochs) {
            train_epoch_from(at, model, words, noise);
            if (stopped_) break;
            last = at.loss;
            if (last.examples == 0)
                throw error(failure::bad_data, "training: no word of the corpus has a neighbour to learn from: "
                                                   + format_count(counts_.read_count("training token"))
                                                   + " tokens of the vocabulary, "
                                                   + format_count(counts_.dropped_count("training token"))
                                                   + " dropped by --sample " + number(o_.sample));
            say("epoch " + std::to_string(at.epoch + 1) + " of " + std::to_string(o_.epochs) + ": loss "
                + number(last.mean()));
            if (recorder) recorder->end_epoch(last.mean());
            at = {.epoch = at.epoch + 1};
            if (folder_) folder_->save(model, at, options_);
        }
        return last;
    }

    train_arguments const& a_;
    train_options const o_;
    log_options const log_;
    std::vector<input_file> const inputs_;
    any_corpus const corpus_;
    unsigned const threads_;
    std::uint64_t passes_ = 0;
    output_options output_{};
    monitor watch_{};
    tally counts_{};
    progress* shown_ = nullptr;
    std::string options_{}; ///< in words: what must be the same for a run to go on
    std::optional<run_folder> folder_{};
    bool stopped_ = false;
};

void add_model(command_line parent, std::string const& name, std::string const& what, architecture architecture) {
    auto const a = std::make_shared<train_arguments>();
    auto command = parent.subcommand(name, what);
    a->input.add_to(command);
    a->tokens.add_to(command);
    auto model = command.under("Model");
    model.option("--preset", a->preset, "Defaults of: wordmill, word2vec, gensim, fasttext", "NAME");
    model.option("--size", a->size, "Dimensions of a vector", "D");
    model.option("--window", a->window, "Words on each side that are contexts, at most", "N");
    model.flag("--fixed-window", a->fixed_window, "Full windows; else each draws its radius from 1 .. N");
    model.flag("--cross-sentences", a->cross_sentences, "Windows go over line ends, as for text8");
    model.option("--negative", a->negative, "Negative samples (5)", "K");
    model.option("--ns-exponent", a->exponent, "Power of the counts that negative samples are drawn by", "P");
    model.option("--share-negatives", a->share, "Samples belong to: window, pair, batch", "WHO");
    if (architecture == architecture::cbow)
        model.option("--cbow-input", a->cbow, "mean (corrected gradient), sum, mean-whole (as word2vec.c)", "FORM");
    model.flag("--hs", a->hierarchical, "Hierarchical softmax instead of negative samples");
    model.option("--minn", a->least_letters, "Letters of the shortest n-grams that are subwords (3)", "N");
    model.option("--maxn", a->most_letters, "... of the longest; 0 = no subwords (0; fasttext 6)", "N");
    model.option("--bucket", a->buckets, "Vectors that the subwords share, by hash", "N");
    auto training = command.under("Training");
    training.option("--epochs", a->epochs, "Passes over the corpus", "N");
    training.option("--sample", a->sample, "Subsampling threshold for frequent words; 0 = off", "T");
    training.option("--alpha", a->alpha, "First learning rate", "RATE");
    training.option("--min-alpha", a->min_alpha, "Last learning rate", "RATE");
    training.option("--seed", a->seed, "Seed of all random numbers", "N");
    training.flag("--deterministic", a->deterministic,
                  "The same bytes for any number of threads, at about half the speed");
    training.option("--checkpoint", a->checkpoint, "Keep in this folder what a run needs to go on", "FOLDER");
    training.option("--checkpoint-every", a->every, "Tokens between two checkpoints", "N");
    training.option("--resume", a->resume, "Go on with the run in this folder", "FOLDER");
    a->words.add_to(command);
    a->metrics.add_to(command);
    a->output.add_to(command, "The vectors");
    command.under("Output").option(
        "--vector-format", a->vector_format,
        "auto (by the name's end), word2vec-text, word2vec-binary, glove-text, npy, safetensors, projector, "
        "fasttext (the whole model, with subwords)",
        "NAME");
    a->run.add_to(command);
    command.run([a, architecture] { training_run(*a, architecture).run(); });
}
}

void add_train(command_line line) {
    auto command = line.subcommand("train", "Train word vectors");
    command.needs_subcommand();
    add_model(command, "skipgram", "Each context of a word predicts it", architecture::skip_gram);
    add_model(command, "cbow", "The contexts of a word together predict it", architecture::cbow);
    add_train_ppmi_svd(command);
    add_train_glove(command);
}
}
