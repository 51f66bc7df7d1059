#include "binding.hpp"
import wordmill.compute;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.language_model;
import wordmill.metrics;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;
import wordmill.training;
import wordmill.vectors;
#include "run.hpp"
#include "shared_model.hpp"
#include "sources.hpp"
#include "training_run.hpp"
#include "transformer.hpp"

namespace {
namespace wm = wordmill;
using language_model = shared_model<wm::folder_model>;

/// The text of a corpus, split as a model reads it.
wm::any_corpus split_for(python_corpus const& source, wm::language_text const& text) {
    if (source.has_phrases)
        throw wm::error(wm::failure::usage,
                        "corpus: expected one without phrases, since a language model splits text itself");
    if (source.listed) return source.corpus.split_by(text.marking());
    if (source.tokenizer && *source.tokenizer != text.tokenizer)
        throw wm::error(wm::failure::usage, "corpus: expected the tokenizer of the model, '" + text.tokenizer
                                                + "', found '" + *source.tokenizer + "'");
    return source.corpus.split_by(text.splitting());
}

struct text_arguments {
    std::optional<std::string> letters;
    std::optional<std::string> normalize;
    bool keep_punctuation;
    bool keep_blanks;
    std::string sentence_end;
};

wm::language_text text_of(text_arguments const& how, python_corpus const& source) {
    wm::language_text text{.tokenizer = source.tokenizer.value_or("whitespace"),
                           .keep_punctuation = how.keep_punctuation,
                           .keep_blanks = how.keep_blanks,
                           .sentence_end = how.sentence_end};
    if (how.letters) text.letters = wm::choose("letters", *how.letters, wm::letter_case_names);
    if (how.normalize) text.form = wm::choose("normalize", *how.normalize, wm::normal_form_names);
    if (source.listed && text != wm::language_text{.sentence_end = text.sentence_end})
        throw wm::error(wm::failure::usage,
                        "letters, normalize, keep_punctuation and keep_blanks: expected none of them for lists of "
                        "words, which are not split");
    return text;
}

/// What computes a saved model.
std::shared_ptr<wm::operations<float>> ops_for(wm::language_model_folder const& folder,
                                               wm::arithmetic_options const& how) {
    constexpr std::size_t lanes = 10, steps = 0; // as many as evaluation reads
    return arithmetic_of(how, [&] { return folder.device_bytes(lanes, steps); });
}

language_model*
train(nb::handle corpus, nb::handle valid, std::string model, std::size_t heads, std::size_t inner,
      std::string activation, std::string norm, std::string position, std::size_t memory_length, std::string cell,
      std::size_t layers, std::size_t size, std::optional<std::size_t> embedding_size, double dropout, bool variational,
      bool tied, bool skip_connections, double forget_bias, std::string softmax, std::optional<std::size_t> samples,
      std::vector<std::size_t> cutoffs, std::size_t batch, std::size_t bptt, std::string layout,
      std::optional<std::string> optimizer, std::optional<double> lr, std::optional<std::pair<double, double>> betas,
      std::string schedule, std::uint64_t warmup, double clip, std::uint64_t epochs, std::uint64_t patience,
      std::uint64_t min_count, std::uint64_t max_size, std::optional<wm::vocabulary> vocabulary,
      std::optional<std::string> tokenizer, std::optional<std::string> letters, std::optional<std::string> normalize,
      bool keep_punctuation, bool keep_blanks, std::string sentence_end, std::optional<std::string> column,
      std::string precision, nb::handle checkpoint, nb::handle resume, bool overwrite, std::uint64_t checkpoint_tokens,
      unsigned threads, nb::handle memory, std::uint64_t seed, std::string device, nb::handle progress) {
    wm::language_model_recipe how;
    how.model = {.embedding_size = embedding_size.value_or(size),
                 .hidden_size = size,
                 .layers = layers,
                 .cell = wm::choose("cell", cell, wm::recurrent_cell_names),
                 .dropout = dropout,
                 .dropout_per_sequence = variational,
                 .tied = tied,
                 .skip = skip_connections,
                 .forget_bias = forget_bias,
                 .softmax = wm::choose("softmax", softmax, wm::softmax_names),
                 .cutoffs = std::move(cutoffs),
                 .transformer = transformer_arguments{model, heads, inner, activation, norm, position}.shape()};
    bool const is_transformer = how.model.transformer.has_value();
    if (is_transformer) {
        how.model.transformer->memory = memory_length;
        refuse_arguments_of("recurrent", model,
                            {{"cell", how.model.cell != wm::recurrent_cell::lstm},
                             {"embedding_size", embedding_size.has_value()},
                             {"variational", variational},
                             {"skip_connections", skip_connections},
                             {"forget_bias", forget_bias != 0}});
    } else {
        refuse_arguments_of("transformer", model, {{"memory_length", memory_length > 0}});
    }
    if (samples) {
        if (how.model.softmax != wm::softmax_kind::sampled)
            throw wm::error(wm::failure::usage, "samples: expected softmax=\"sampled\", found \"" + softmax + "\"");
        how.model.samples = *samples;
    }
    how.optimizer = wm::optimizer_of(
        wm::choose("optimizer", optimizer.value_or(is_transformer ? "adam" : "sgd"), wm::optimizer_names), lr, clip,
        betas);
    how.optimizer.lazy = how.model.softmax != wm::softmax_kind::full;
    how.schedule = wm::choose("schedule", schedule, wm::rate_schedule_names);
    how.warmup = warmup;
    how.lanes = {.lanes = batch, .steps = bptt, .layout = wm::choose("layout", layout, wm::lane_layout_names)};
    how.epochs = epochs;
    how.patience = patience;
    how.sentence_end = sentence_end;
    how.words = {.given = std::move(vocabulary), .min_count = min_count, .max_size = max_size};
    how.device = device_of(device);
    how.products = wm::choose("precision", precision, wm::precision_names);
    python_run run(threads, memory, seed, progress, epochs, {checkpoint, resume, overwrite, checkpoint_tokens});
    auto const source = run.corpus(corpus, {.tokenizer = std::move(tokenizer), .column = column});
    auto const text = text_of({letters, normalize, keep_punctuation, keep_blanks, sentence_end}, source);
    auto const split = split_for(source, text);
    if (!valid.is_none()) how.validation = split_for(run.corpus(valid, {.column = column}), text);
    best_folder const best(run.options);
    wm::language_model_folder const folder{{best.path()}};
    how.run = run.options;
    how.on_best = [&](wm::language_model<float>& model, wm::vocabulary const& words, wm::note_map const& notes) {
        folder.begin(true);
        folder.save(model, words, text, notes);
    };
    return new language_model(run([&] {
        {
            auto trained = wm::train_language_model(split, how);
            if (!folder.holds_model()) how.on_best(trained.model, trained.words, trained.notes);
            log_counts(trained.counts);
        }
        auto const ops = ops_for(folder, {.device = how.device, .threads = threads, .products = how.products});
        return wm::load_language_model_folder(folder.path, ops);
    }));
}

language_model* load(nb::handle path, unsigned threads, nb::handle memory, std::optional<std::size_t> memory_length,
                     std::string device) {
    auto const folder = folder_of(path);
    auto const limit = memory_of(memory);
    auto const on = device_of(device);
    std::optional<wm::folder_model> loaded;
    run_watched({}, [&] {
        loaded.emplace(wm::load_language_model_folder(folder, ops_for({{folder}}, {.device = on, .threads = threads}),
                                                      wm::resolve_memory(limit), memory_length));
    });
    return new language_model(std::move(*loaded));
}

void save(language_model& self, nb::handle path, bool half, bool overwrite) {
    wm::language_model_folder const folder{{folder_of(path)}};
    self.use([&](wm::folder_model& m, wm::monitor const&) {
        folder.begin(overwrite);
        folder.save(m.model, m.words, m.text, m.notes, half);
    });
}

double perplexity(language_model& self, nb::handle corpus, std::size_t lanes, std::size_t bptt,
                  std::optional<std::string> column) {
    auto const split = split_for(corpus_of(corpus, {.column = std::move(column)}), self.fixed().text);
    double found = 0;
    self.use([&](wm::folder_model& m, wm::monitor const& watch) {
        wm::tally const counts;
        auto const scores =
            wm::evaluate_language_model(m, split, {.lanes = lanes, .steps = bptt}, {.watch = watch, .counts = counts});
        found = scores.score.perplexity();
        log_counts(counts);
    });
    return found;
}

/// A text, or its tokens.
wm::language_prompt prompt_of(wm::folder_model const& m, nb::handle text) {
    std::string space;
    if (PyUnicode_Check(text.ptr())) return m.text.prompt(std::string(bytes_of(text, space)), m.words);
    std::vector<std::string> tokens;
    for (nb::handle each : text) tokens.emplace_back(bytes_of(each, space));
    return m.text.prompt(tokens, m.words);
}

nb::object generate(language_model& self, nb::handle prompt, std::size_t length, double temperature, std::size_t top_k,
                    double top_p, std::string stop, std::vector<std::string> skip, bool unknown, std::uint64_t seed) {
    wm::language_generation_options options{
        .sampling = {.length = length,
                     .sampling = {.temperature = temperature, .top_k = top_k, .top_p = top_p},
                     .key = wm::random_key(seed)},
        .skipped = std::move(skip),
        .stop = std::move(stop),
        .unknown = unknown,
        .on_warning = [](std::string const& line) { log_message("warning", line); }};
    std::vector const prompts{prompt_of(self.fixed(), prompt)};
    std::vector<std::string> words;
    self.use([&](wm::folder_model& m, wm::monitor const& watch) {
        options.sampling.progress = watch;
        words = wm::generate_words(m, prompts, options).at(0);
    });
    if (PyUnicode_Check(prompt.ptr())) {
        std::string space;
        std::string text(bytes_of(prompt, space));
        self.fixed().text.append(text, words);
        return to_python(text);
    }
    nb::list tokens(prompt);
    for (auto const& word : words) tokens.append(to_python(word));
    return tokens;
}

nb::object next_log_probabilities(language_model& self, nb::handle context) {
    auto const text = prompt_of(self.fixed(), context).ids;
    std::vector<double> found;
    self.use([&](wm::folder_model& m, wm::monitor const& watch) {
        found = wm::next_log_probabilities(m.model, text, watch);
    });
    auto const size = std::array{found.size()};
    return owned_array(std::move(found), size);
}

wm::word_vectors embeddings(language_model& self) {
    std::optional<wm::word_vectors> found;
    self.use([&](wm::folder_model& m, wm::monitor const&) { found.emplace(m.embedding()); });
    return std::move(*found);
}

std::string described(language_model const& self) {
    auto const& options = self.fixed().model.options();
    return "LanguageModel(" + wm::format_count(self.fixed().words.size()) + " words, " + described_layers(options)
           + ")";
}

constexpr char const* train_doc =
    R"(Trains a language model, which predicts the next word of a text: a recurrent one (Mikolov et al. 2010) or a Transformer (Vaswani et al. 2017).

Runs on other threads without the GIL. Ctrl-C stops it, after a checkpoint if `checkpoint` is given. The result is the
model after the last epoch, or with `valid` after the epoch with the lowest validation perplexity. It does not depend on
the number of threads.

Parameters
----------
corpus
    Whatever `Corpus` takes. It is read twice: once to count words, once for training.
valid : optional
    A corpus whose perplexity is computed after each epoch.
model : str
    ``"recurrent"`` or ``"transformer"`` (Vaswani et al. 2017).
heads : int
    Attention heads of each layer of a transformer.
inner : int
    Size of a transformer's feed-forward layers; 0 for four times `size`.
activation : str
    Of the feed-forward layers: ``"relu"`` or ``"gelu"``.
norm : str
    Where a transformer normalises: ``"pre"`` or ``"post"`` its layers.
position : str
    How a transformer knows positions: ``"sinusoidal"``, ``"learned"``, ``"rotary"`` or ``"none"``.
memory_length : int
    Positions before a batch that a transformer attends to (Dai et al. 2019). Needs the position ``"rotary"`` or
    ``"none"``.
cell : str
    Of a recurrent model: ``"lstm"``, ``"gru"`` or ``"tanh"``.
layers : int
    Layers.
size : int
    Units of each layer.
embedding_size : int, optional
    Dimensions of the embedding; by default `size`.
dropout : float
    Share of the values that are dropped between layers.
variational : bool
    Drop the same values at all steps of a batch (Gal and Ghahramani 2016).
tied : bool
    The last layer shares the weights of the embedding (Press and Wolf 2017).
skip_connections : bool
    Recurrent layers add their input to their output.
forget_bias : float
    Initial bias of the forget gates of an LSTM.
softmax : str
    ``"full"``, or for large vocabularies ``"sampled"`` or ``"adaptive"``.
samples : int, optional
    Words that a sampled softmax draws in addition to those of the batch; by default 8192.
cutoffs : list of int
    Ids at which clusters of an adaptive softmax begin.
batch : int
    Parts of the text that are read in parallel.
bptt : int
    Steps of truncated backpropagation through time. A transformer attends to no more, besides its memory.
layout : str
    ``"parts"`` reads each token once in an epoch, ``"wrap-around"`` reads as the book does (Saito 2018).
optimizer : str, optional
    ``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"adagrad"``, ``"rmsprop"`` or ``"adam"``; by default SGD for recurrent
    models and Adam for transformers. With a sampled or adaptive softmax a step changes only the embeddings of words
    in the batch; with a full softmax the means of Adam move the others too.
lr : float, optional
    Learning rate; by default 20 for SGD, 0.001 for Adam, 0.01 for others.
betas : tuple of float, optional
    Decay of the means of Adam; by default 0.9 and 0.999.
schedule : str
    ``"quarter"`` divides the learning rate by 4 after an epoch in which the validation perplexity did not improve.
    ``"constant"``, ``"cosine"`` and ``"linear"`` (down to 0), ``"inverse-sqrt"`` (Vaswani et al. 2017).
warmup : int
    Steps in which the learning rate rises, with the last three schedules.
clip : float
    Largest norm of all gradients together; 0 for no limit.
epochs : int
    Passes over the text.
patience : int
    Stops after this many epochs without improvement; 0 for never.
min_count, max_size : int
    Rarer words are replaced by ``<unk>``; most words, 0 for no limit.
vocabulary : Vocabulary, optional
    Used instead of counting one.
tokenizer, column : str, optional
    See `Corpus`.
letters, normalize : str, optional
    Letter case (``"keep"``, ``"lower"``, ``"fold"``) and Unicode normalisation (``"none"``, ``"nfc"``, ``"nfkc"``) of
    the tokenizers ``"unicode"``, ``"characters"`` and ``"graphemes"``.
keep_punctuation : bool
    With the tokenizer ``"unicode"``, punctuation and symbols are tokens.
keep_blanks : bool
    With the tokenizers ``"characters"`` and ``"graphemes"``, blanks are tokens.
sentence_end : str
    The word that marks the end of each sentence; empty for none.
precision : str
    Of the operands of large products: ``"fp32"``, ``"tf32"`` on a GPU, or ``"bf16"`` on a GPU or a processor that has it.
checkpoint : path, optional
    A folder for checkpoints. A run that was stopped goes on when it is called again with the same options. The best
    model so far is in its folder ``best``, for `LanguageModel.load`.
resume : bool, optional
    True: there must be a checkpoint. False: begin anew. None: resume if there is a checkpoint.
overwrite : bool
    A run that begins may replace the checkpoint of another.
checkpoint_tokens : int
    Tokens between two checkpoints.
threads : int
    0 for as many as the machine allows.
memory : int or str, optional
    Bound on the memory of the model in bytes, or such as ``"4GiB"``.
seed : int
    Of all random numbers.
device : str
    ``"cpu"``, ``"auto"`` (a GPU where one can be used) or ``"cuda"``; the model is trained there and stays there.
progress : bool or callable, optional
    True for a progress bar, if tqdm is installed. A callable is called with `Progress` up to ten times a second; an
    exception that it raises stops the run.

Returns
-------
LanguageModel

Examples
--------
>>> import wordmill as wm
>>> text = ["one two three four five"] * 100
>>> model = wm.train_language_model(text, size=16, batch=4, bptt=6, optimizer="adam", lr=0.02, clip=5, epochs=8)
>>> model.generate("one two", length=3, temperature=0)
'one two three four five'
)";
}

void bind_language_model(nb::module_& m) {
    nb::class_<language_model>(m, "LanguageModel",
                               R"(A language model: `train_language_model` and `load` make one.

Any thread may use it. Calls compute one after the other.)")
        .def_static("load", &load, nb::arg("folder"), nb::kw_only(), nb::arg("threads") = 0,
                    nb::arg("memory") = nb::none(), nb::arg("memory_length") = nb::none(), nb::arg("device") = "cpu",
                    R"(Loads a model from a folder that `save` or the command wrote.

Parameters
----------
folder : path
threads : int
    On which the model computes; 0 for as many as the machine allows.
memory : int or str, optional
    A model that needs more is refused: in bytes, or such as ``"4GiB"``.
memory_length : int, optional
    Positions before a batch that a transformer attends to, if others than in its training.
device : str
    ``"cpu"``, ``"auto"`` (a GPU where one can be used) or ``"cuda"``.)")
        .def("save", &save, nb::arg("folder"), nb::kw_only(), nb::arg("half") = false, nb::arg("overwrite") = true,
             R"(Saves the model, its vocabulary and its notes in a folder, which the command ``wordmill lm`` reads too.

Parameters
----------
folder : path
    Created if it is missing.
half : bool
    16-bit weights: half the size, and less precise.
overwrite : bool
    Whether the model of the folder may be replaced.)")
        .def("perplexity", &perplexity, nb::arg("corpus"), nb::kw_only(), nb::arg("lanes") = 0, nb::arg("bptt") = 0,
             nb::arg("column") = nb::none(),
             R"(The perplexity of a text: exp of the mean negative log probability of its tokens after the first.

The text is split into tokens as that of the training was. Words that the vocabulary lacks are replaced by its unknown
word, or left out if it has none; the log ``wordmill`` says how many.

Parameters
----------
corpus
    Whatever `Corpus` takes.
lanes : int
    Parts of the text that are read in parallel. 1 predicts each token from all tokens before it. 0 for one per 10,000
    tokens and at most 10, which raises the perplexity by less than 0.1 %.
bptt : int
    Steps of a batch. A transformer attends to no more, besides its memory; 0 for those that it was trained with.
column : str, optional
    See `Corpus`.)")
        .def("generate", &generate, nb::arg("prompt") = "", nb::kw_only(), nb::arg("length") = 100,
             nb::arg("temperature") = 1.0, nb::arg("top_k") = 0, nb::arg("top_p") = 1.0, nb::arg("stop") = "",
             nb::arg("skip") = std::vector<std::string>(), nb::arg("unknown") = false, nb::arg("seed") = 1,
             R"(Continues a text.

Parameters
----------
prompt : str or sequence of str
    The beginning of the text, or of its tokens. An empty one begins a sentence.
length : int
    Tokens to generate after the prompt.
temperature : float
    Below 1 favours likely words; 0 always takes the likeliest.
top_k : int
    Sample from this many of the likeliest words; 0 for all.
top_p : float
    Sample from the fewest likeliest words whose probabilities reach this sum (Holtzman et al. 2020).
stop : str
    The text ends after this word.
skip : list of str
    Words that are never generated.
unknown : bool
    Whether the unknown word is generated too.
seed : int
    Of all random numbers: the same seed gives the same text.

Returns
-------
str or list of str
    The prompt and what follows it, as text or as tokens like the prompt. In text the end of a sentence is a full stop
    and a new line.)")
        .def("next_log_probabilities", &next_log_probabilities, nb::arg("context"),
             nb::sig("def next_log_probabilities(self, context: str | collections.abc.Sequence[str]) -> "
                     "numpy.typing.NDArray[numpy.float32]"),
             R"(Natural logarithms of the probabilities of all words as the next one.

Parameters
----------
context : str or sequence of str
    The text before, or its tokens. If it is empty, the next word begins a sentence.

Returns
-------
numpy.ndarray of float64, [V]
    In the order of `vocabulary`.)")
        .def_prop_ro(
            "vocabulary", [](language_model const& self) { return self.fixed().words; },
            "The words that the model knows.")
        .def_prop_ro("embeddings", &embeddings, "The embedding as word vectors; a copy.")
        .def_prop_ro(
            "notes", [](language_model const& self) { return self.fixed().notes; },
            "What is known of the model and its training: options, perplexities.")
        .def("__repr__", &described);
    auto const none = [](char const* name) { return nb::arg(name) = nb::none(); };
    m.def("train_language_model", &train, nb::arg("corpus").none(), nb::kw_only(), none("valid"),
          nb::arg("model") = "recurrent", nb::arg("heads") = 2, nb::arg("inner") = 0, nb::arg("activation") = "relu",
          nb::arg("norm") = "pre", nb::arg("position") = "sinusoidal", nb::arg("memory_length") = 0,
          nb::arg("cell") = "lstm", nb::arg("layers") = 1, nb::arg("size") = 100, none("embedding_size"),
          nb::arg("dropout") = 0.0, nb::arg("variational") = false, nb::arg("tied") = false,
          nb::arg("skip_connections") = false, nb::arg("forget_bias") = 0.0, nb::arg("softmax") = "full",
          none("samples"), nb::arg("cutoffs") = std::vector<std::size_t>(), nb::arg("batch") = 20, nb::arg("bptt") = 35,
          nb::arg("layout") = "parts", none("optimizer"), none("lr"), none("betas"), nb::arg("schedule") = "quarter",
          nb::arg("warmup") = 0, nb::arg("clip") = 0.25, nb::arg("epochs") = 4, nb::arg("patience") = 0,
          nb::arg("min_count") = 1, nb::arg("max_size") = 0, none("vocabulary"), none("tokenizer"), none("letters"),
          none("normalize"), nb::arg("keep_punctuation") = false, nb::arg("keep_blanks") = false,
          nb::arg("sentence_end") = "<eos>", none("column"), nb::arg("precision") = "fp32", none("checkpoint"),
          none("resume"), nb::arg("overwrite") = false, nb::arg("checkpoint_tokens") = 5'000'000,
          nb::arg("threads") = 0, none("memory"), nb::arg("seed") = 1, nb::arg("device") = "cpu", none("progress"),
          train_doc);
}
