#include "binding.hpp"
import wordmill.compute;
import wordmill.core;
import wordmill.corpora;
import wordmill.eval;
import wordmill.io;
import wordmill.metrics;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.plot;
import wordmill.recipes;
import wordmill.seq2seq;
import wordmill.stream;
import wordmill.text;
import wordmill.training;
#include "pair_sources.hpp"
#include "run.hpp"
#include "shared_model.hpp"
#include "sources.hpp"
#include "training_run.hpp"
#include "transformer.hpp"

namespace {
namespace wm = wordmill;
using translator = shared_model<wm::folder_seq2seq>;

wm::sequence_text text_of(std::string const& tokenizer, std::string const& letters, std::string const& normalize) {
    wm::sequence_text text{.tokenizer = tokenizer,
                           .letters = wm::choose("letters", letters, wm::letter_case_names),
                           .form = wm::choose("normalize", normalize, wm::normal_form_names)};
    (void)text.split(); // refuses unknown names now
    return text;
}

/// What computes a saved model.
std::shared_ptr<wm::operations<float>> ops_for(wm::seq2seq_folder const& folder, wm::arithmetic_options const& how) {
    constexpr std::size_t pairs = 128, tokens = 50;
    return arithmetic_of(how, [&] { return folder.device_bytes(pairs, tokens); });
}

translator* train(nb::handle pairs, nb::handle valid, double valid_share, std::string tokenizer,
                  std::optional<std::string> target_tokenizer, std::string letters, std::string normalize,
                  std::uint64_t min_count, std::uint64_t max_size, bool shared_vocabulary, std::uint64_t max_source,
                  std::uint64_t max_target, double max_ratio, bool keep_empty_targets, std::string model,
                  std::size_t heads, std::size_t inner, std::string activation, std::string norm, std::string position,
                  std::size_t max_positions, std::string cell, std::size_t layers, std::size_t size,
                  std::optional<std::size_t> embedding_size, bool bidirectional, bool skip_connections, bool reverse,
                  double dropout, std::string start, bool peeky, std::optional<std::string> attention,
                  std::string attention_output, bool input_feeding, double forget_bias, std::size_t batch,
                  std::size_t batch_tokens, std::size_t window, bool buckets, double label_smoothing,
                  std::string optimizer, std::optional<double> lr, std::optional<std::pair<double, double>> betas,
                  std::string schedule, std::uint64_t warmup, double decay, double clip, std::uint64_t epochs,
                  std::uint64_t patience, std::string layout, std::optional<std::string> separator,
                  std::string source_field, std::string target_field, std::string utf8, std::string on_bad,
                  std::string precision, nb::handle checkpoint, nb::handle resume, bool overwrite,
                  std::uint64_t checkpoint_tokens, unsigned threads, nb::handle memory, std::uint64_t seed,
                  std::string device, nb::handle progress) {
    wm::seq2seq_recipe how;
    how.model = {.embedding_size = embedding_size.value_or(size),
                 .hidden_size = size,
                 .layers = layers,
                 .cell = wm::choose("cell", cell, wm::recurrent_cell_names),
                 .shared_embedding = shared_vocabulary,
                 .bidirectional = bidirectional,
                 .skip = skip_connections,
                 .dropout = dropout,
                 .start = wm::choose("start", start, wm::decoder_start_names),
                 .peeky = peeky,
                 .attention = wm::choose("attention", attention.value_or("none"), wm::attention_names),
                 .output = wm::choose("attention_output", attention_output, wm::attention_output_names),
                 .input_feeding = input_feeding,
                 .forget_bias = forget_bias,
                 .label_smoothing = label_smoothing,
                 .transformer = transformer_arguments{model, heads, inner, activation, norm, position}.shape()};
    constexpr std::size_t usual_positions = 1024;
    if (how.model.longest_target())
        how.model.transformer->context = max_positions;
    else if (max_positions != usual_positions)
        throw wm::error(wm::failure::usage,
                        "max_positions: expected model=\"transformer\" and position=\"learned\", found \"" + model
                            + "\" and \"" + position + "\"");
    if (how.model.transformer)
        refuse_arguments_of("recurrent", model,
                            {{"cell", how.model.cell != wm::recurrent_cell::lstm},
                             {"embedding_size", embedding_size.has_value()},
                             {"bidirectional", bidirectional},
                             {"skip_connections", skip_connections},
                             {"start", how.model.start != wm::decoder_start::hidden_and_cells},
                             {"peeky", peeky},
                             {"attention", how.model.attention.has_value()},
                             {"attention_output", how.model.output != wm::attention_output::concatenated},
                             {"input_feeding", input_feeding},
                             {"forget_bias", forget_bias != 0}});
    how.optimizer = wm::optimizer_of(wm::choose("optimizer", optimizer, wm::optimizer_names), lr, clip, betas);
    how.schedule = wm::choose("schedule", schedule, wm::seq2seq_schedule_names);
    how.warmup = warmup;
    how.decay = decay;
    how.epochs = epochs;
    how.patience = patience;
    how.batch_pairs = batch;
    how.batch_tokens = batch_tokens;
    how.window = window;
    how.bucket = buckets;
    how.reverse_source = reverse;
    how.filter = {.max_source_tokens = max_source,
                  .max_target_tokens = max_target,
                  .max_ratio = max_ratio,
                  .keep_empty_targets = keep_empty_targets};
    how.validation_share = valid_share;
    how.source_words = how.target_words = {.min_count = min_count, .max_size = max_size};
    how.shared_vocabulary = shared_vocabulary;
    how.device = device_of(device);
    how.products = wm::choose("precision", precision, wm::precision_names);
    auto const source = text_of(tokenizer, letters, normalize);
    auto const target = text_of(target_tokenizer.value_or(tokenizer), letters, normalize);
    pair_reading const reading{layout, std::move(separator), source_field, target_field, utf8, on_bad};
    python_run run(threads, memory, seed, progress, epochs, {checkpoint, resume, overwrite, checkpoint_tokens});
    auto const corpus = pairs_of(pairs, reading, source, target);
    if (!valid.is_none()) how.validation = pairs_of(valid, reading, source, target);
    best_folder const best(run.options);
    wm::seq2seq_folder const folder{{best.path()}};
    how.run = run.options;
    how.on_best = [&](wm::seq2seq_model<float>& model, wm::sequence_setup const& setup, wm::note_map const& notes) {
        folder.begin(true);
        folder.save(model, setup, notes);
    };
    return new translator(run([&] {
        {
            auto trained = wm::train_seq2seq(corpus, how);
            if (!folder.holds_model()) how.on_best(trained.model, trained.setup, trained.notes);
            log_counts(trained.counts);
        }
        auto const ops = ops_for(folder, {.device = how.device, .threads = threads, .products = how.products});
        auto loaded = wm::load_seq2seq_folder(folder.path, ops);
        loaded.setup.source_text = source; // a model of SentencePiece outlives the folder
        loaded.setup.target_text = target;
        return loaded;
    }));
}

translator* load(nb::handle path, unsigned threads, nb::handle memory, std::string device) {
    auto const folder = folder_of(path);
    auto const limit = memory_of(memory);
    auto const on = device_of(device);
    std::optional<wm::folder_seq2seq> loaded;
    run_watched({}, [&] {
        loaded.emplace(wm::load_seq2seq_folder(folder, ops_for({{folder}}, {.device = on, .threads = threads}),
                                               wm::resolve_memory(limit)));
    });
    return new translator(std::move(*loaded));
}

void save(translator& self, nb::handle path, bool half, bool overwrite) {
    wm::seq2seq_folder const folder{{folder_of(path)}};
    self.use([&](wm::folder_seq2seq& m, wm::monitor const&) {
        folder.begin(overwrite);
        folder.save(m.model, m.setup, m.notes, half);
    });
}

struct search_arguments {
    std::size_t beam;
    std::size_t n_best;
    double length_alpha;
    std::size_t max_length;
    std::size_t batch;

    [[nodiscard]] wm::translator_options options(wm::monitor const& watch) const {
        return {.decoding = {.beam = beam, .n_best = n_best, .length_alpha = length_alpha, .most_tokens = max_length},
                .batch = batch,
                .watch = watch};
    }
};

using targets_of_source = std::vector<wm::translation>;

std::vector<targets_of_source> targets_of(translator& self, std::vector<std::string> const& sources,
                                          search_arguments const& how) {
    std::vector<targets_of_source> found;
    self.use([&](wm::folder_seq2seq& m, wm::monitor const& watch) {
        wm::tally const counts;
        found = wm::translator(m.model, m.setup, how.options(watch), counts).translate(sources);
        log_counts(counts);
    });
    return found;
}

/// The texts of an iterable of str; one for a str.
std::vector<std::string> texts_of(nb::handle texts) {
    std::string space;
    std::vector<std::string> all;
    if (PyUnicode_Check(texts.ptr()))
        all.emplace_back(bytes_of(texts, space));
    else
        for (nb::handle each : texts) all.emplace_back(bytes_of(each, space));
    return all;
}

nb::object translate(translator& self, nb::handle texts, std::size_t beam, double length_alpha, std::size_t max_length,
                     std::size_t batch) {
    auto const found = targets_of(self, texts_of(texts), {beam, 1, length_alpha, max_length, batch});
    if (PyUnicode_Check(texts.ptr())) return to_python(found.at(0).at(0).text);
    nb::list all;
    for (auto const& targets : found) all.append(to_python(targets.at(0).text));
    return all;
}

nb::object translations(translator& self, nb::handle texts, std::size_t n_best, std::optional<std::size_t> beam,
                        double length_alpha, std::size_t max_length, std::size_t batch) {
    auto found = targets_of(self, texts_of(texts), {beam.value_or(n_best), n_best, length_alpha, max_length, batch});
    return PyUnicode_Check(texts.ptr()) ? nb::cast(std::move(found.at(0))) : nb::cast(std::move(found));
}

wm::attention_pair attention(translator& self, nb::handle source, nb::handle target, std::optional<std::size_t> layer,
                             std::optional<std::size_t> head, std::size_t beam, double length_alpha,
                             std::size_t max_length) {
    std::string space;
    std::string const from(bytes_of(source, space));
    std::optional<std::string> to;
    if (!target.is_none()) to = bytes_of(target, space);
    search_arguments const how{beam, 1, length_alpha, max_length, 1};
    wm::attention_pair found;
    self.use([&](wm::folder_seq2seq& m, wm::monitor const& watch) {
        wm::translator translate(m.model, m.setup, how.options(watch));
        if (!to) to = translate.translate(std::span(&from, 1)).at(0).at(0).text;
        found = translate.attention(from, *to, {.layer = layer, .head = head});
    });
    return found;
}

wm::sequence_scores evaluate(translator& self, nb::handle pairs, std::size_t beam, double length_alpha,
                             std::size_t max_length, std::size_t batch, bool group_sources, std::string bleu_tokenizer,
                             std::string layout, std::optional<std::string> separator, std::string source_field,
                             std::string target_field, std::string utf8, std::string on_bad) {
    wm::sequence_evaluation_options how;
    how.group_sources = group_sources;
    how.for_bleu.tokenizer = wm::choose("bleu_tokenizer", bleu_tokenizer, wm::bleu_tokenizer_names);
    search_arguments const search{beam, 1, length_alpha, max_length, batch};
    auto const& setup = self.fixed().setup;
    auto const corpus = pairs_of(pairs, {layout, std::move(separator), source_field, target_field, utf8, on_bad},
                                 setup.source_text, setup.target_text);
    wm::sequence_scores scores;
    self.use([&](wm::folder_seq2seq& m, wm::monitor const& watch) {
        wm::tally const counts;
        how.translation = search.options(watch);
        scores = wm::evaluate_seq2seq(m.model, m.setup, corpus, how, {.watch = watch, .counts = counts});
        log_counts(counts);
    });
    return scores;
}

std::vector<nb::str> strings(std::vector<std::string> const& all) {
    std::vector<nb::str> out;
    for (auto const& each : all) out.push_back(to_python(each));
    return out;
}

std::string described(translator const& self) {
    auto const& m = self.fixed();
    auto const& options = m.model.options();
    return "Translator(" + wm::format_count(m.setup.source.size()) + " source and "
           + wm::format_count(m.setup.target.size()) + " target types, " + described_layers(options)
           + (options.attention ? ", " + std::string(wm::name_in(wm::attention_names, options.attention)) + " attention"
                                : "")
           + ")";
}

constexpr char const* train_doc =
    R"(Trains a model that maps a source text to a target text (Sutskever et al. 2014; Bahdanau et al. 2015; Vaswani
et al. 2017).

Runs on other threads without the GIL. Ctrl-C stops it, after a checkpoint if `checkpoint` is given. The result is the
model after the last epoch, or with validation pairs after the epoch with the lowest validation perplexity. It does not
depend on the number of threads.

Parameters
----------
pairs
    - ``str``, ``os.PathLike`` or a list of these: files in any codec. A pair is a line with a separator, a JSON object,
      or line n of a file of sources and of a file of targets.
    - an iterable of pairs ``(source, target)`` of ``str``.

    The pairs are read once for the vocabularies and once in each epoch. What can be iterated only once, such as a
    generator, is kept in a temporary file.
valid : optional
    Pairs for validation after each epoch.
valid_share : float
    Share of the pairs that is set aside for validation, instead of `valid`.
tokenizer : str
    How texts become tokens: ``"characters"``, ``"graphemes"``, ``"whitespace"``, ``"unicode"``, ``"book"`` or
    ``"sentencepiece:MODEL"``.
target_tokenizer : str, optional
    That of targets, if it is another one.
letters, normalize : str
    Letter case (``"keep"``, ``"lower"``, ``"fold"``) and Unicode normalisation (``"none"``, ``"nfc"``, ``"nfkc"``).
min_count, max_size : int
    Rarer tokens are replaced by ``<unk>``; most types of a side, 0 for no limit.
shared_vocabulary : bool
    One vocabulary and one embedding for both sides.
max_source, max_target : int
    Pairs with more source or target tokens are left out; 0 for no limit.
max_ratio : float
    Pairs whose lengths differ by a larger factor are left out; 0 for no limit.
keep_empty_targets : bool
    Whether pairs with an empty target are kept.
model, heads, inner, activation, norm, position
    See `train_language_model`.
max_positions : int
    Longest sequence of a transformer with learned positions.
cell : str
    Of a recurrent model: ``"lstm"``, ``"gru"`` or ``"tanh"``.
layers : int
    Layers of the encoder, and of the decoder.
size : int
    Units of each layer.
embedding_size : int, optional
    Dimensions of the embeddings; by default `size`.
bidirectional : bool
    The encoder reads in both directions, with half of the units each.
skip_connections : bool
    Recurrent layers add their input to their output.
reverse : bool
    Sources are read from their ends.
dropout : float
    Share of the values that are dropped between layers.
start : str
    What the decoder takes over from the encoder: ``"hidden"`` or ``"hidden-and-cells"``.
peeky : bool
    The decoder sees the final state of the encoder at every step (Cho et al. 2014).
attention : str, optional
    ``"dot"``, ``"scaled-dot"``, ``"general"`` or ``"additive"``.
attention_output : str
    What enters the last layer: context and state ``"concatenated"``, or ``"combined"`` by a layer (Luong et al. 2015).
input_feeding : bool
    The decoder reads what it attended to at the step before.
forget_bias : float
    Initial bias of the forget gates of an LSTM.
batch : int
    Pairs of a batch.
batch_tokens : int
    Tokens of a batch, padding included, instead of `batch`; 0 for off.
window : int
    Pairs that are shuffled at a time.
buckets : bool
    Pairs of similar lengths share a batch.
label_smoothing : float
    Share of the probability that is spread over all types (Szegedy et al. 2016).
optimizer : str
    ``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"adagrad"``, ``"rmsprop"`` or ``"adam"``.
lr : float, optional
    Learning rate; by default 20 for SGD, 0.001 for Adam, 0.01 for others.
betas : tuple of float, optional
    Decay of the means of Adam; by default 0.9 and 0.999.
schedule : str
    ``"constant"``; ``"plateau"`` (times `decay` after an epoch without improvement); ``"inverse-sqrt"`` (rises for
    `warmup` steps, then falls).
warmup : int
    Steps until the learning rate is reached.
decay : float
    Factor of the learning rate on a plateau.
clip : float
    Largest norm of all gradients together; 0 for no limit.
epochs : int
    Passes over the pairs.
patience : int
    Stops after this many epochs without improvement; 0 for never.
layout : str
    How files hold pairs: ``"auto"``, ``"separated"``, ``"parallel"`` or ``"jsonl"``.
separator : str, optional
    What stands between source and target in a line; by default a tab.
source_field, target_field : str
    The fields of JSON objects.
utf8, on_bad : str
    See `Corpus`.
precision, checkpoint, resume, overwrite, checkpoint_tokens, threads, memory, seed, device, progress
    See `train_language_model`.

Returns
-------
Translator

Examples
--------
>>> import wordmill as wm
>>> pairs = [(f"{i:03}", f"{i:03}"[::-1]) for i in range(0, 1000, 2)]
>>> model = wm.train_seq2seq(pairs, size=32, embedding_size=16, attention="dot", batch=16, lr=0.01, epochs=8)
>>> model.translate(["124", "368"])
['421', '863']
)";

constexpr char const* search_doc = R"(
beam : int
    Partial targets that are kept; 1 takes the likeliest token at each step.
length_alpha : float
    Exponent of length normalisation (Wu et al. 2016); 0 for none.
max_length : int
    Most tokens of a target; 0 for twice those of its source and 20.)";

void bind_results(nb::module_& m) {
    nb::class_<wm::translation>(m, "Translation", "A target text that was found for a source text.")
        .def_prop_ro("text", [](wm::translation const& t) { return to_python(t.text); })
        .def_prop_ro("tokens", [](wm::translation const& t) { return strings(t.tokens); })
        .def_ro("score", &wm::translation::score, "The log probability, normalised by the length.")
        .def_ro("log_probability", &wm::translation::log_probability, "Natural logarithm.")
        .def_ro("ended", &wm::translation::ended, "False if the limit of the length cut it.")
        .def("__repr__", [](wm::translation const& t) {
            return nb::str("Translation({!r}, score={:.4f})").format(to_python(t.text), t.score);
        });
    nb::class_<wm::attention_pair>(
        m, "Attention", "How much each target token attends to each source token. A notebook shows it as a map.")
        .def_prop_ro(
            "source", [](wm::attention_pair const& a) { return strings(a.source); }, "Tokens [S].")
        .def_prop_ro(
            "target", [](wm::attention_pair const& a) { return strings(a.target); },
            "Tokens [T], with the one that ends it.")
        .def_prop_ro(
            "weights",
            [](nb::handle self) {
                auto const& a = nb::cast<wm::attention_pair const&>(self);
                return nb::cast(nb::ndarray<nb::numpy, float const, nb::ndim<2>>(
                    a.weights.data(), {a.target.size(), a.source.size()}, self));
            },
            "The weights [T, S]: a read-only view. Each row sums to 1.")
        .def(
            "to_svg",
            [](wm::attention_pair const& a, std::string title) {
                return wm::attention_map(a, {.title = std::move(title)});
            },
            nb::arg("title") = "", "The map as an SVG image.")
        .def("_repr_html_", [](wm::attention_pair const& a) { return wm::attention_map(a); })
        .def("__repr__", [](wm::attention_pair const& a) {
            return nb::str("Attention({!r} -> {!r})").format(to_python(a.source_text), to_python(a.target_text));
        });
    using scores = wm::sequence_scores;
    nb::class_<scores>(m, "SequenceScores", "How the translations of sources agree with their targets.")
        .def_ro("pairs", &scores::pairs)
        .def_prop_ro("sources", [](scores const& s) { return s.accuracy.sequences(); })
        .def_prop_ro(
            "exact_match", [](scores const& s) { return s.accuracy.exact_match(); },
            "Share of the sources whose translation is a target.")
        .def_prop_ro(
            "token_accuracy", [](scores const& s) { return s.accuracy.token_accuracy(); },
            "Share of the positions with the right token, or None without tokens.")
        .def_prop_ro(
            "token_error_rate", [](scores const& s) { return s.edits.rate(); },
            "Edits per token of the targets, or None without tokens.")
        .def_prop_ro("sequence_error_rate", [](scores const& s) { return s.edits.sequence_rate(); })
        .def_prop_ro("perplexity", &scores::perplexity, "Per target token, when the model reads the targets.")
        .def_prop_ro(
            "tokens", [](scores const& s) { return s.loss.count; }, "Target tokens, with those that end them.")
        .def_prop_ro(
            "bleu", [](scores const& s) { return s.for_bleu.score().score; },
            "As sacreBLEU computes it, from 0 to 100.")
        .def_prop_ro(
            "chrf", [](scores const& s) { return s.for_chrf.score(); }, "Likewise.")
        .def_ro("empty_sources", &scores::empty_sources, "Sources without tokens; their translation is empty.")
        .def_ro("unended", &scores::unended, "Translations that the limit of the length cut.")
        .def("__repr__", [](scores const& s) {
            return "SequenceScores(exact_match=" + wm::format_short(s.accuracy.exact_match().value_or(0)) + ", bleu="
                   + wm::format_short(s.for_bleu.score().score) + ", pairs=" + std::to_string(s.pairs) + ")";
        });
}
}

void bind_seq2seq(nb::module_& m) {
    bind_results(m);
    auto const none = [](char const* name) { return nb::arg(name) = nb::none(); };
    std::string const search = search_doc;
    std::string const batch = "\nbatch : int\n    Sources that are decoded side by side; affects speed only.";
    nb::class_<translator>(m, "Translator",
                           R"(A model that maps source texts to target texts: `train_seq2seq` and `load` make one.

Any thread may use it. Calls compute one after the other.)")
        .def_static("load", &load, nb::arg("folder"), nb::kw_only(), nb::arg("threads") = 0, none("memory"),
                    nb::arg("device") = "cpu",
                    R"(Loads a model from a folder that `save` or the command wrote.

Parameters
----------
folder : path
threads : int
    On which the model computes; 0 for as many as the machine allows.
memory : int or str, optional
    A model that needs more is refused: in bytes, or such as ``"4GiB"``.
device : str
    ``"cpu"``, ``"auto"`` (a GPU where one can be used) or ``"cuda"``.)")
        .def(
            "save", &save, nb::arg("folder"), nb::kw_only(), nb::arg("half") = false, nb::arg("overwrite") = true,
            R"(Saves the model, its vocabularies and its notes in a folder, which the command ``wordmill seq2seq`` reads too.

Parameters
----------
folder : path
    Created if it is missing.
half : bool
    16-bit weights: half the size, and less precise.
overwrite : bool
    Whether the model of the folder may be replaced.)")
        .def("translate", &translate, nb::arg("texts"), nb::kw_only(), nb::arg("beam") = 1,
             nb::arg("length_alpha") = 0.6, nb::arg("max_length") = 0, nb::arg("batch") = 64,
             (R"(The likeliest targets of texts, by beam search.

Parameters
----------
texts : str or iterable of str)"
              + search + batch + R"(

Returns
-------
str or list of str
    One for each text; a str for a str.)")
                 .c_str())
        .def("translations", &translations, nb::arg("texts"), nb::kw_only(), nb::arg("n_best") = 5, none("beam"),
             nb::arg("length_alpha") = 0.6, nb::arg("max_length") = 0, nb::arg("batch") = 64,
             (R"(Several targets of each text with their scores, best first.

Parameters
----------
texts : str or iterable of str
n_best : int
    Targets of each text, at most `beam`. There may be fewer.)"
              + search + R"( By default `n_best`.)" + batch + R"(

Returns
-------
list of Translation, or a list of such lists
    One list for each text; a single one for a str.)")
                 .c_str())
        .def("attention", &attention, nb::arg("source"), none("target"), nb::kw_only(), none("layer"), none("head"),
             nb::arg("beam") = 1, nb::arg("length_alpha") = 0.6, nb::arg("max_length") = 0,
             (R"(What the decoder attends to while it reads a target.

Parameters
----------
source : str
target : str, optional
    By default the translation of `source`.
layer, head : int, optional
    Of a transformer's decoder, from 0; by default the mean of all.)"
              + search + R"(

Returns
-------
Attention)")
                 .c_str())
        .def("evaluate", &evaluate, nb::arg("pairs"), nb::kw_only(), nb::arg("beam") = 1, nb::arg("length_alpha") = 0.6,
             nb::arg("max_length") = 0, nb::arg("batch") = 64, nb::arg("group_sources") = false,
             nb::arg("bleu_tokenizer") = "13a", nb::arg("layout") = "auto", none("separator"),
             nb::arg("source_field") = "source", nb::arg("target_field") = "target", nb::arg("utf8") = "strict",
             nb::arg("on_bad") = "strict",
             (R"(Translates the sources of pairs and compares the results with the targets.

Parameters
----------
pairs
    Whatever `train_seq2seq` takes.)"
              + search + batch + R"(
group_sources : bool
    Consecutive pairs with the same source are one source with several targets; the closest one counts.
bleu_tokenizer : str
    How BLEU splits texts: ``"13a"``, ``"none"`` or ``"char"``, as in sacreBLEU.
layout, separator, source_field, target_field, utf8, on_bad
    See `train_seq2seq`.

Returns
-------
SequenceScores)")
                 .c_str())
        .def_prop_ro(
            "source_vocabulary", [](translator const& self) { return self.fixed().setup.source; },
            "The tokens of sources that the model knows.")
        .def_prop_ro(
            "target_vocabulary", [](translator const& self) { return self.fixed().setup.target; },
            "The tokens of targets that the model knows.")
        .def_prop_ro(
            "notes", [](translator const& self) { return self.fixed().notes; },
            "What is known of the model and its training: options, perplexities, exact match.")
        .def("__repr__", &described);
    m.def("train_seq2seq", &train, nb::arg("pairs").none(), nb::kw_only(), none("valid"), nb::arg("valid_share") = 0.0,
          nb::arg("tokenizer") = "characters", none("target_tokenizer"), nb::arg("letters") = "keep",
          nb::arg("normalize") = "none", nb::arg("min_count") = 1, nb::arg("max_size") = 0,
          nb::arg("shared_vocabulary") = false, nb::arg("max_source") = 0, nb::arg("max_target") = 0,
          nb::arg("max_ratio") = 0.0, nb::arg("keep_empty_targets") = false, nb::arg("model") = "recurrent",
          nb::arg("heads") = 2, nb::arg("inner") = 0, nb::arg("activation") = "relu", nb::arg("norm") = "pre",
          nb::arg("position") = "sinusoidal", nb::arg("max_positions") = 1024, nb::arg("cell") = "lstm",
          nb::arg("layers") = 1, nb::arg("size") = 100, none("embedding_size"), nb::arg("bidirectional") = false,
          nb::arg("skip_connections") = false, nb::arg("reverse") = false, nb::arg("dropout") = 0.0,
          nb::arg("start") = "hidden-and-cells", nb::arg("peeky") = false, none("attention"),
          nb::arg("attention_output") = "concatenated", nb::arg("input_feeding") = false, nb::arg("forget_bias") = 0.0,
          nb::arg("batch") = 128, nb::arg("batch_tokens") = 0, nb::arg("window") = 50'000, nb::arg("buckets") = true,
          nb::arg("label_smoothing") = 0.0, nb::arg("optimizer") = "adam", none("lr"), none("betas"),
          nb::arg("schedule") = "constant", nb::arg("warmup") = 4000, nb::arg("decay") = 0.5, nb::arg("clip") = 5.0,
          nb::arg("epochs") = 10, nb::arg("patience") = 0, nb::arg("layout") = "auto", none("separator"),
          nb::arg("source_field") = "source", nb::arg("target_field") = "target", nb::arg("utf8") = "strict",
          nb::arg("on_bad") = "strict", nb::arg("precision") = "fp32", none("checkpoint"), none("resume"),
          nb::arg("overwrite") = false, nb::arg("checkpoint_tokens") = 1'000'000, nb::arg("threads") = 0,
          none("memory"), nb::arg("seed") = 1, nb::arg("device") = "cpu", none("progress"), train_doc);
}
