#include "binding.hpp"
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.corpora;
import wordmill.glove;
import wordmill.linear_algebra;
import wordmill.metrics;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;
import wordmill.training;
import wordmill.vectors;
import wordmill.word2vec;
#include "run.hpp"
#include "sources.hpp"
#include "training_run.hpp"

namespace {
namespace wm = wordmill;

wm::word_vectors train_word2vec(wm::architecture what, std::optional<std::string> cbow_input, nb::handle corpus,
                                std::size_t size, std::uint32_t window, bool fixed_window, bool cross_sentences,
                                std::uint32_t negative, double ns_exponent, std::optional<std::string> share_negatives,
                                bool hs, std::uint32_t minn, std::uint32_t maxn, std::uint32_t bucket,
                                std::uint64_t epochs, double sample, std::optional<double> alpha,
                                std::optional<double> min_alpha, std::optional<double> first_values,
                                std::uint64_t min_count, std::uint64_t max_size,
                                std::optional<wm::vocabulary> vocabulary, std::optional<std::string> tokenizer,
                                std::optional<std::string> column, bool deterministic, nb::handle checkpoint,
                                nb::handle resume, bool overwrite, std::uint64_t checkpoint_tokens, unsigned threads,
                                nb::handle memory, std::uint64_t seed, std::string device, nb::handle progress) {
    wm::word2vec_recipe how;
    how.dimension = size;
    how.radius = window;
    how.shrink = !fixed_window;
    how.cross_sentences = cross_sentences;
    how.negative = negative;
    how.noise_power = ns_exponent;
    if (share_negatives) how.sharing = wm::choose("share_negatives", *share_negatives, wm::negative_sharing_names);
    if (cbow_input) how.cbow = wm::choose("cbow_input", *cbow_input, wm::cbow_input_names);
    how.hierarchical_softmax = hs;
    if (maxn > 0) how.subwords = {.least_letters = minn, .most_letters = maxn, .buckets = bucket};
    how.epochs = epochs;
    how.subsampling = sample;
    how.learning_rate = alpha;
    how.last_learning_rate = min_alpha;
    how.first_values = first_values;
    how.deterministic = deterministic;
    how.device = device_of(device);
    how.words = {.given = std::move(vocabulary), .min_count = min_count, .max_size = max_size};
    python_run run(threads, memory, seed, progress, epochs, {checkpoint, resume, overwrite, checkpoint_tokens});
    how.run = run.options;
    auto const source = run.corpus(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    return run([&] {
        auto const trained = std::make_shared<wm::trained_word2vec const>(wm::train_word2vec(what, source.corpus, how));
        log_counts(trained->counts);
        return wm::vectors_of(trained);
    });
}

wm::cooccurrence_recipe counting_of(std::uint32_t window, bool shrink_window, bool cross_sentences,
                                    std::string const& weights, double sample, std::uint64_t min_count,
                                    std::uint64_t max_size, std::optional<wm::vocabulary> vocabulary) {
    return {.radius = window,
            .shrink = shrink_window,
            .cross_sentences = cross_sentences,
            .weighting = wm::choose("weights", weights, wm::distance_weighting_names),
            .subsampling = sample,
            .words = {.given = std::move(vocabulary), .min_count = min_count, .max_size = max_size}};
}

wm::word_vectors train_glove(nb::handle corpus, std::size_t size, std::uint32_t window, bool shrink_window,
                             bool cross_sentences, std::string weights, double sample, double x_max, double alpha,
                             double clip, double rate, std::string vectors, std::uint64_t epochs,
                             std::uint64_t min_count, std::uint64_t max_size, std::optional<wm::vocabulary> vocabulary,
                             std::optional<std::string> tokenizer, std::optional<std::string> column,
                             nb::handle checkpoint, nb::handle resume, bool overwrite, std::uint64_t checkpoint_tokens,
                             unsigned threads, nb::handle memory, std::uint64_t seed, nb::handle progress) {
    wm::glove_recipe how{.dimension = size,
                         .objective = {.x_max = x_max, .alpha = alpha, .clip = clip},
                         .learning_rate = rate,
                         .epochs = epochs,
                         .vector = wm::choose("vectors", vectors, wm::glove_vector_names),
                         .counting = counting_of(window, shrink_window, cross_sentences, weights, sample, min_count,
                                                 max_size, std::move(vocabulary))};
    python_run run(threads, memory, seed, progress, epochs, {checkpoint, resume, overwrite, checkpoint_tokens});
    how.run = run.options;
    auto const source = run.corpus(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    return run([&] {
        auto result = wm::train_glove(source.corpus, how);
        log_counts(how.run.counts);
        return result;
    });
}

wm::word_vectors train_ppmi_svd(nb::handle corpus, std::size_t size, std::uint32_t window, bool shrink_window,
                                bool cross_sentences, std::string weights, double sample, double smoothing,
                                double shift, double threshold, std::string base, std::string method, double power,
                                bool add_contexts, std::uint64_t min_count, std::uint64_t max_size,
                                std::optional<wm::vocabulary> vocabulary, std::optional<std::string> tokenizer,
                                std::optional<std::string> column, unsigned threads, nb::handle memory,
                                std::uint64_t seed, nb::handle progress) {
    static constexpr wm::named_value<wm::logarithm> bases[] = {{"2", wm::logarithm::base_2},
                                                               {"e", wm::logarithm::natural}};
    static constexpr wm::named_value<wm::svd_method> methods[] = {{"accurate", wm::svd_method::accurate},
                                                                  {"quick", wm::svd_method::quick}};
    wm::ppmi_svd_recipe how{.counting = counting_of(window, shrink_window, cross_sentences, weights, sample, min_count,
                                                    max_size, std::move(vocabulary)),
                            .values = {.base = wm::choose("base", base, bases),
                                       .smoothing = smoothing,
                                       .shift = shift,
                                       .threshold = threshold},
                            .factorisation = {.svd = {.rank = size, .method = wm::choose("method", method, methods)},
                                              .vectors = {.power = power, .add_contexts = add_contexts}}};
    python_run run(threads, memory, seed, progress, 1, {nb::none(), nb::none(), false, 0});
    how.run = run.options;
    auto const source = run.corpus(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    return run([&] {
        auto result = wm::train_ppmi_svd(source.corpus, how);
        log_counts(how.run.counts);
        return result;
    });
}

constexpr char const* skip_gram_doc =
    R"(Trains word vectors with skip-gram (Mikolov et al. 2013): each context of a word predicts it.

Runs on other threads without the GIL. Ctrl-C stops it, after a checkpoint where one is asked for.

Parameters
----------
corpus
    Whatever `Corpus` takes: paths, iterables of sentences, Arrow data.
size : int
    Dimensions of a vector.
window : int
    Words on each side that are contexts, at most.
fixed_window : bool
    Full windows; else each draws its radius from 1 to `window`.
cross_sentences : bool
    Windows go over the ends of sentences.
negative : int
    Negative samples.
ns_exponent : float
    Power of the counts that negative samples are drawn by.
share_negatives : str, optional
    What shares negative samples: ``"window"``, ``"pair"`` or ``"batch"``.
hs : bool
    Hierarchical softmax instead of negative samples.
minn, maxn, bucket : int
    Letters of the n-grams that are subwords (``maxn`` 0 for none), and how many vectors they share. With subwords,
    unseen words have vectors too, and the vectors can be saved as a fastText model. The whole model then stays in memory
    with the vectors.
epochs : int
    Passes over the corpus.
sample : float
    Subsampling threshold for frequent words; 0 for none.
alpha, min_alpha : float, optional
    First and last learning rate.
first_values : float, optional
    Vectors begin uniform in -first_values / size to first_values / size.
min_count, max_size : int
    Rarer words are left out; most words, 0 for no limit.
vocabulary : Vocabulary, optional
    Used instead of counting one.
tokenizer, column : str, optional
    See `Corpus`.
deterministic : bool
    The same vectors for any number of threads, at about half the speed.
checkpoint : path, optional
    A folder for checkpoints. A run that was stopped goes on from there when it is called again with the same options.
resume : bool, optional
    True: there must be a checkpoint; False: begin anew; None: whichever is possible.
overwrite : bool
    A run that begins may replace the checkpoint of another.
checkpoint_tokens : int
    Tokens between two checkpoints.
threads : int
    0 for as many as the machine allows.
memory : int or str, optional
    Bound in bytes, or such as ``"4GiB"``.
seed : int
    Of all random numbers.
device : str
    ``"cpu"``, ``"auto"`` (a GPU where one can be used) or ``"cuda"``.
progress : bool or callable, optional
    True for a bar of tqdm where that is installed; a callable gets `Progress` up to ten times a second, and what it
    raises stops the run.

Returns
-------
KeyedVectors)";
constexpr char const* cbow_doc =
    R"(Trains word vectors with CBOW (Mikolov et al. 2013): the contexts of a word together predict it.

Parameters
----------
cbow_input : str, optional
    ``"mean-whole"`` (as word2vec.c), ``"mean"`` (with the corrected gradient) or ``"sum"``.

All others are those of `train_skip_gram`.

Returns
-------
KeyedVectors)";

constexpr char const* glove_doc =
    R"(Counts how often words occur near one another and fits the logarithms (GloVe, Pennington et al. 2014).

Parameters
----------
window : int
    Words on each side that are counted.
shrink_window : bool
    Each word draws its radius from 1 to `window`, as word2vec does.
weights : str
    ``"harmonic"`` (1 / distance) or ``"flat"``.
x_max, alpha : float
    Weight from which pairs have full influence, and the power of the weight of others.
clip : float
    Bound on each component of a gradient.
rate : float
    Learning rate of AdaGrad.
vectors : str
    ``"sum"`` of both vectors of a word, ``"word"`` or ``"context"``.
epochs : int
    Passes over the pairs.

All others are those of `train_skip_gram`. The result does not depend on the number of threads.

Returns
-------
KeyedVectors)";
constexpr char const* ppmi_svd_doc =
    R"(Counts co-occurrences, takes PPMI and factorises it (Levy, Goldberg and Dagan 2015).

Parameters
----------
smoothing : float
    Power of the context counts; 0.75 is usual.
shift : float
    log(shift) is subtracted from every value, as that many negative samples would.
threshold : float
    Values up to it are dropped.
base : str
    Of the logarithms: ``"2"`` or ``"e"``.
method : str
    ``"accurate"``, or ``"quick"`` (power iterations; singular values are too low).
power : float
    Power of the singular values: 0.5 for similarity, 1 for analogies.
add_contexts : bool
    Adds the context vectors.

All others are those of `train_glove`.

Returns
-------
KeyedVectors)";

// Both functions have the arguments of `train_word2vec` without the first, and only CBOW has the second.
template <class R, class Input, class... A> auto skip_gram_of(R (*)(wm::architecture, Input, A...)) {
    return [](A... arguments) {
        return train_word2vec(wm::architecture::skip_gram, std::nullopt, std::move(arguments)...);
    };
}
template <class R, class Input, class... A> auto cbow_of(R (*)(wm::architecture, Input, A...)) {
    return [](A... arguments, Input input) {
        return train_word2vec(wm::architecture::cbow, std::move(input), std::move(arguments)...);
    };
}
}

void bind_training(nb::module_& m) {
    auto const none = [](char const* name) { return nb::arg(name) = nb::none(); };
    auto const word2vec_arguments = std::tuple(
        nb::arg("corpus").none(), nb::kw_only(), nb::arg("size") = 100, nb::arg("window") = 5,
        nb::arg("fixed_window") = false, nb::arg("cross_sentences") = false, nb::arg("negative") = 5,
        nb::arg("ns_exponent") = 0.75, none("share_negatives"), nb::arg("hs") = false, nb::arg("minn") = 3,
        nb::arg("maxn") = 0, nb::arg("bucket") = 2'000'000, nb::arg("epochs") = 5, nb::arg("sample") = 1e-4,
        none("alpha"), none("min_alpha"), none("first_values"), nb::arg("min_count") = 5, nb::arg("max_size") = 0,
        none("vocabulary"), none("tokenizer"), none("column"), nb::arg("deterministic") = false, none("checkpoint"),
        none("resume"), nb::arg("overwrite") = false, nb::arg("checkpoint_tokens") = 50'000'000, nb::arg("threads") = 0,
        none("memory"), nb::arg("seed") = 1, nb::arg("device") = "cpu", none("progress"));
    std::apply(
        [&](auto const&... arguments) {
            m.def("train_skip_gram", skip_gram_of(&train_word2vec), arguments..., skip_gram_doc);
            m.def("train_cbow", cbow_of(&train_word2vec), arguments..., none("cbow_input"), cbow_doc);
        },
        word2vec_arguments);
    m.def("train_glove", &train_glove, nb::arg("corpus").none(), nb::kw_only(), nb::arg("size") = 100,
          nb::arg("window") = 5, nb::arg("shrink_window") = false, nb::arg("cross_sentences") = false,
          nb::arg("weights") = "harmonic", nb::arg("sample") = 1e-4, nb::arg("x_max") = 10.0, nb::arg("alpha") = 0.75,
          nb::arg("clip") = 100.0, nb::arg("rate") = 0.1, nb::arg("vectors") = "sum", nb::arg("epochs") = 15,
          nb::arg("min_count") = 5, nb::arg("max_size") = 0, none("vocabulary"), none("tokenizer"), none("column"),
          none("checkpoint"), none("resume"), nb::arg("overwrite") = false, nb::arg("checkpoint_tokens") = 50'000'000,
          nb::arg("threads") = 0, none("memory"), nb::arg("seed") = 1, none("progress"), glove_doc);
    m.def("train_ppmi_svd", &train_ppmi_svd, nb::arg("corpus").none(), nb::kw_only(), nb::arg("size") = 100,
          nb::arg("window") = 5, nb::arg("shrink_window") = false, nb::arg("cross_sentences") = false,
          nb::arg("weights") = "harmonic", nb::arg("sample") = 1e-4, nb::arg("smoothing") = 1.0, nb::arg("shift") = 1.0,
          nb::arg("threshold") = 0.0, nb::arg("base") = "2", nb::arg("method") = "accurate", nb::arg("power") = 0.5,
          nb::arg("add_contexts") = false, nb::arg("min_count") = 5, nb::arg("max_size") = 0, none("vocabulary"),
          none("tokenizer"), none("column"), nb::arg("threads") = 0, none("memory"), nb::arg("seed") = 1,
          none("progress"), ppmi_svd_doc);
}
