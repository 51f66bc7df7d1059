module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.recipes;
import :corpus;
import :run_options;
import :running;
import :too_little;
import :word2vec;
import :word2vec_gpu;
import :word2vec_notes;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
import wordmill.training;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
namespace {
std::string names_of(any_corpus const& corpus) {
    if (corpus.source()) return corpus.source()->name();
    std::string out;
    for (auto const& input : corpus.inputs()) out += (out.empty() ? "" : " ") + input.name;
    return out;
}

std::uint64_t bytes_of(std::vector<input_file> const& inputs) {
    std::uint64_t sum = 0;
    for (auto const& input : inputs) sum += input.bytes;
    return sum;
}

/// Weights, the table of the result, the noise distribution or tree, and the rows of subwords.
std::uint64_t memory_of(vocabulary const& words, word2vec_options const& model) {
    auto const buckets = model.subwords.empty() ? 0 : model.subwords.options().buckets;
    return embedding_weights::memory_bytes(words.size() + buckets, words.size(), model.dimension)
           + embedding_weights::memory_bytes(words.size(), words.size(), model.dimension) / 2 + words.size() * 24
           + model.tree.memory_bytes() + model.subwords.memory_bytes();
}

/// The stream and the stages of an epoch, all drawn from its key.
struct epoch_of_windows {
    word2vec_recipe const& how;
    noise_distribution const& noise;
    std::uint64_t epoch;
    tally counts{};

    [[nodiscard]] random_key key(std::uint64_t use) const {
        return random_key(how.run.seed).fold_in(epoch + 1).fold_in(use);
    }
    [[nodiscard]] window_options windows() const {
        return {.radius = how.radius,
                .shrink = how.shrink,
                .cross_sentences = how.cross_sentences,
                .key = key(1),
                .counts = counts};
    }
    [[nodiscard]] auto to_batch() const {
        return chain(
            context_windows(windows()),
            negative_samples(
                noise, {.count = how.hierarchical_softmax ? 0 : how.negative, .sharing = how.sharing, .key = key(2)}));
    }
    [[nodiscard]] subsample subsampling(vocabulary const& words) const {
        return subsample(words, {.threshold = how.subsampling, .key = key(0), .counts = counts});
    }
    [[nodiscard]] epoch_draws draws() const {
        return {.keys = {.keep = key(0), .windows = key(1), .negatives = key(2)}, .counts = counts};
    }
    [[nodiscard, clang::coro_wrapper]] generator<bordered_block>
    blocks(any_corpus const& corpus, vocabulary const& words, pass_options pass, border_state const& from) const {
        pass.counts = counts;
        auto const watch = pass.watch;
        return with_borders(
            corpus.ids(words, pass, subsampling(words),
                       [watch] [[clang::coro_wrapper]] (auto source) { return timed(std::move(source), watch); }),
            windows(), from);
    }
    /// The same blocks before subsampling, which is left to a GPU.
    [[nodiscard, clang::coro_wrapper]] generator<bordered_block>
    whole_blocks(any_corpus const& corpus, vocabulary const& words, pass_options pass, border_state const& from) const {
        auto const watch = pass.watch;
        return with_kept_borders(timed(corpus.ids(words, pass), watch), subsampling(words), windows(), from);
    }
};

[[noreturn]] void refuse_nothing_to_learn(word2vec_recipe const& how, tally const& counts) {
    throw detail::nothing_to_pair("training", {.known = counts.read_count("training token"),
                                               .subsampled = counts.dropped_count("training token"),
                                               .threshold = how.subsampling,
                                               .cross_sentences = how.cross_sentences});
}
}

namespace {
/// A run between its preparation and its result.
struct word2vec_run {
    any_corpus const& corpus;
    noise_distribution const& noise;
    unsigned threads;
    std::string device; ///< its name, empty for the processor
    bool resumes;
    std::optional<run_folder> folder;
    note_map description;
    trained_word2vec& result;
    std::optional<epoch_of_windows> epoch{};
    tally reading{}; ///< of the last epoch that was read, where blocks stay on a GPU

    /// Trains all epochs that are left. `blocks(from)` makes the stream of `epoch`.
    template <class Learner, class Blocks> void fit(Learner& learner, Blocks blocks) {
        auto const& how = result.how;
        auto const& run = how.run;
        auto const& words = result.words;
        detail::run_reporter reporter(run, how.epochs);
        trainer training(learner, {.evaluation_interval = 0,
                                   .on_epoch =
                                       [&](training_report const& report) {
                                           if (report.loss.count == 0) refuse_nothing_to_learn(how, epoch->counts);
                                           result.loss = report.loss;
                                           reporter.tell_epoch(report, "loss " + format_short(report.loss.mean()));
                                           return reporter.end_epoch(report);
                                       },
                                   .folder = std::move(folder),
                                   .checkpoint_interval = std::max<std::uint64_t>(run.checkpoint_tokens, 1),
                                   .description = std::move(description),
                                   .on_warning = run.on_warning,
                                   .watch = run.watch});
        if (training.resume()) {
            result.loss = training.curve().empty() ? loss_sum{} : training.curve().back().loss;
            detail::tell(run.on_message, "resuming in epoch " + std::to_string(training.epoch() + 1) + " after "
                                             + format_count(learner.border().tokens) + " tokens");
        }
        auto begun = result.notes;
        begun["inputs"] = names_of(corpus);
        begun["threads"] = std::to_string(threads);
        begun["types"] = std::to_string(words.size());
        begun["corpus-tokens"] = std::to_string(words.tokens());
        if (!device.empty()) begun["device"] = device;
        reporter.begin({.notes = std::move(begun),
                        .tokens_before = training.epoch() * words.tokens() + learner.border().tokens,
                        .resumes = resumes},
                       training.epoch() + 1);
        reporter.fit(training, [&] [[clang::coro_wrapper]] (std::uint64_t number, position from) {
            // The description has compared the content of the files, which may have other names and times than before.
            if (!corpus.encoded()) from.fingerprint = 0;
            epoch.emplace(epoch_of_windows{.how = how, .noise = noise, .epoch = number});
            return blocks(std::move(from));
        });
    }
    [[nodiscard]] learning_rate_schedule rate() const {
        auto const& how = result.how;
        return {.first = *how.learning_rate,
                .last = *how.last_learning_rate,
                .tokens = how.epochs * std::max<std::uint64_t>(result.words.tokens(), 1)};
    }

    void train_on_processor() {
        auto const& how = result.how;
        word2vec_learner learner(result.model,
                                 {.threads = threads,
                                  .in_order = how.deterministic,
                                  .rate = rate(),
                                  .epoch_tokens = result.words.tokens(),
                                  .watch = how.run.watch},
                                 [this](std::uint64_t) { return epoch->to_batch(); });
        fit(learner, [&] [[clang::coro_wrapper]] (position from) {
            return epoch->blocks(corpus, result.words,
                                 {.from = std::move(from),
                                  .threads = how.deterministic ? reading_threads(threads) : threads,
                                  .watch = how.run.watch},
                                 learner.border());
        });
    }

    void train_on(word2vec_on_cuda& gpu) {
        auto const& watch = result.how.run.watch;
        word2vec_cuda_learner learner(result.model, gpu,
                                      {.rate = rate(), .epoch_tokens = result.words.tokens(), .watch = watch},
                                      [this](std::uint64_t) { return epoch->draws(); });
        auto const kept_on = folder ? folder->path() : std::string();
        try {
            fit(learner, [&] [[clang::coro_wrapper]] (position from) {
                if (!learner.holds_epoch()) {
                    reading = {};
                    return epoch->whole_blocks(
                        corpus, result.words,
                        {.from = std::move(from), .threads = threads, .watch = watch, .counts = reading},
                        learner.border());
                }
                return with_borders(detail::held_blocks(learner.held(), learner.edges(epoch->draws().keys), watch,
                                                        bytes_of(corpus.inputs())),
                                    epoch->windows(), learner.border());
            });
            learner.finish();
        } catch (error const& e) { // a GPU that stopped responding
            if (e.kind() != failure::unavailable || kept_on.empty()) throw;
            throw error(e.kind(), std::string(e.message()), {.file = kept_on},
                        "the run can go on from its last checkpoint, also on the CPU");
        }
    }
};
}

trained_word2vec train_word2vec(architecture what, any_corpus const& corpus, word2vec_recipe const& given) {
    auto const how = detail::settled(what, given);
    auto const& run = how.run;
    auto const threads = resolve_threads(run.threads).count;
    auto const memory = resolve_memory(run.memory_bytes);
    bool const wants_gpu = detail::wants_gpu(how);
    auto folder = detail::open_folder(run);
    bool const resumes = folder && folder->resumes();
    check_passes(corpus, how.epochs + (resumes ? 0 : passes_of(how.words)));
    auto const words = resumes ? load_vocabulary(folder->file("vocabulary.tsv"))
                               : make_vocabulary(corpus, how.words, {.threads = threads, .watch = run.watch}, memory);
    if (resumes) corpus.require(words);
    if (folder && !resumes) save_vocabulary(words, folder->file("vocabulary.tsv"), {.overwrite = true});

    auto notes = detail::notes_of(what, how);
    auto description = detail::describe_run(folder, notes, corpus, how.words, words);
    detail::tell(run.on_message, detail::in_words(notes));
    word2vec_options const options{.vocabulary_size = words.size(),
                                   .dimension = how.dimension,
                                   .first_values = *how.first_values,
                                   .architecture = what,
                                   .cbow = how.cbow,
                                   .tree = how.hierarchical_softmax ? huffman_tree(words.counts()) : huffman_tree(),
                                   .subwords =
                                       how.subwords.any() ? subword_table(words, how.subwords) : subword_table()};
    auto const needed = memory_of(words, options);
    detail::check_budget(format_count(words.size()) + " types"
                             + (how.subwords.any() ? " and " + format_count(how.subwords.buckets) + " buckets" : "")
                             + " of " + std::to_string(how.dimension) + " dimensions",
                         needed, memory, "raise --min-count or --memory, lower --size, --max-size or --bucket");
    detail::tell(run.on_message, format_count(words.size()) + " types, " + format_bytes(needed) + " for the model, "
                                     + std::to_string(threads) + " threads");
    trained_word2vec result{
        .words = words, .model = word2vec_model(options, random_key(run.seed)), .notes = notes, .how = how};
    noise_distribution const noise(words, {.power = how.noise_power});
    auto gpu = wants_gpu ? detail::gpu_twin(result.model, words, noise, how) : std::nullopt;
    word2vec_run training{.corpus = corpus,
                          .noise = noise,
                          .threads = threads,
                          .device = gpu ? choose_device(compute_device::cuda).note : std::string(),
                          .resumes = resumes,
                          .folder = std::move(folder),
                          .description = std::move(description),
                          .result = result};
    if (gpu)
        training.train_on(*gpu);
    else
        training.train_on_processor();
    if (training.epoch) result.counts = training.epoch->counts;
    if (gpu) result.counts.add(training.reading);
    if (result.loss.count > 0) result.notes["loss"] = format_short(result.loss.mean());
    return result;
}

word_vectors trained_word2vec::vectors() const {
    return vectors_of(
        words, model.options().dimension, [this](token_id id, std::span<float> row) { model.vector_of(id, row); },
        notes);
}

namespace {
/// A model as fastText has it; `names` must outlive it.
fasttext_model fasttext_model_of(trained_word2vec const& trained, std::span<std::string_view const> names) {
    auto const& [words, model, notes, loss, counts, how] = trained;
    return {.words = names,
            .counts = words.counts(),
            .input = model.weights().input(),
            .output = model.weights().output(),
            .subwords = how.subwords,
            .cbow = model.options().architecture == architecture::cbow,
            .hierarchical = how.hierarchical_softmax,
            .window = how.radius,
            .epochs = static_cast<std::uint32_t>(how.epochs),
            .min_count = how.words.min_count,
            .negative = how.hierarchical_softmax ? 0 : how.negative,
            .sample = how.subsampling};
}

std::vector<std::string_view> names_of(vocabulary const& words) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < words.size(); ++i) names.push_back(words.word(id_at(i)));
    return names;
}
}

word_vectors vectors_of(std::shared_ptr<trained_word2vec const> trained) {
    auto vectors = trained->vectors();
    if (!trained->how.subwords.any()) return vectors;
    struct kept_model {
        std::shared_ptr<trained_word2vec const> trained;
        std::vector<std::string_view> names;
    };
    auto const kept =
        std::make_shared<kept_model const>(kept_model{.trained = trained, .names = names_of(trained->words)});
    return vectors.with_subwords(subword_vectors(fasttext_model_of(*trained, kept->names), kept));
}

word_vectors train_skip_gram(any_corpus const& corpus, word2vec_recipe const& how) {
    return vectors_of(std::make_shared<trained_word2vec const>(train_word2vec(architecture::skip_gram, corpus, how)));
}
word_vectors train_cbow(any_corpus const& corpus, word2vec_recipe const& how) {
    return vectors_of(std::make_shared<trained_word2vec const>(train_word2vec(architecture::cbow, corpus, how)));
}

void save_fasttext(trained_word2vec const& trained, std::string const& path, output_options const& options) {
    save_fasttext(fasttext_model_of(trained, names_of(trained.words)), path, options);
}
}
