#include "binding.hpp"
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;
#include "run.hpp"
#include "sources.hpp"

namespace {
namespace wm = wordmill;
using wm::vocabulary;

wm::token_id id_of(vocabulary const& v, nb::handle word) {
    std::string space;
    auto const found = v.find(bytes_of(word, space));
    if (found) return *found;
    auto const error = nb::module_::import_("wordmill._errors")
                           .attr("make")("unknown_word", nb::str("Key {!r} not present").format(word));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
    nb::raise_python_error();
}

vocabulary count(nb::handle corpus, std::uint64_t min_count, std::uint64_t max_size,
                 std::optional<std::string> tokenizer, std::optional<std::string> column, nb::handle memory,
                 unsigned threads) {
    auto const source = corpus_of(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    run_progress progress;
    auto const bytes = memory_of(memory);
    vocabulary words;
    run_watched(progress, [&] {
        words = wm::make_vocabulary(source.corpus, {.min_count = min_count, .max_size = max_size},
                                    {.threads = threads, .watch = progress.watch}, wm::resolve_memory(bytes));
    });
    return words;
}

/// Offsets and columns as SciPy wants them: of 64 bits, both.
nb::object to_scipy(std::size_t types, std::vector<std::int64_t> offsets, std::vector<std::int64_t> columns,
                    std::vector<float> values) {
    auto const sizes = std::array{values.size()};
    auto const rows = std::array{offsets.size()};
    auto const arrays = nb::make_tuple(owned_array(std::move(values), sizes), owned_array(std::move(columns), sizes),
                                       owned_array(std::move(offsets), rows));
    return nb::module_::import_("wordmill._sources").attr("sparse_matrix")(arrays, types);
}

using counted_matrix = nb::typed<nb::tuple, vocabulary, nb::any>;

struct pair_options {
    std::uint32_t window;
    std::string weights;
    double sample;
    bool cross_sentences;
    std::uint64_t min_count;
    std::uint64_t max_size;
    std::optional<vocabulary> words;
};

wm::counted_pairs count_pairs(python_corpus const& source, pair_options const& how, wm::run_options const& run) {
    wm::cooccurrence_recipe const recipe{
        .radius = how.window,
        .cross_sentences = how.cross_sentences,
        .weighting = wm::choose("weights", how.weights, wm::distance_weighting_names),
        .subsampling = how.sample,
        .words = {.given = how.words, .min_count = how.min_count, .max_size = how.max_size}};
    auto found = wm::count_pairs(source.corpus, recipe, run);
    wm::check_pairs(found, recipe, "counting");
    return found;
}

counted_matrix cooccurrences(nb::handle corpus, std::uint32_t window, std::string weights, double sample,
                             bool cross_sentences, std::uint64_t min_count, std::uint64_t max_size,
                             std::optional<vocabulary> words, std::optional<std::string> tokenizer,
                             std::optional<std::string> column, nb::handle memory, unsigned threads,
                             std::uint64_t seed) {
    auto const source = corpus_of(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    run_progress progress;
    wm::run_options const run{
        .threads = threads, .memory_bytes = memory_of(memory), .seed = seed, .watch = progress.watch};
    pair_options const how{window, std::move(weights), sample, cross_sentences, min_count, max_size, std::move(words)};
    vocabulary found_words;
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int64_t> columns;
    std::vector<float> values;
    run_watched(progress, [&] {
        auto const found = count_pairs(source, how, run);
        found_words = found.words;
        auto const unit = static_cast<double>(found.counts.unit());
        for (auto const& block : found.counts.entries()) {
            progress.watch.check();
            for (auto const& each : block) {
                offsets.resize(wm::index(each.row) + 1, static_cast<std::int64_t>(values.size()));
                columns.push_back(static_cast<std::int64_t>(wm::index(each.column)));
                values.push_back(static_cast<float>(static_cast<double>(each.weight) / unit));
            }
        }
        offsets.resize(found.words.size() + 1, static_cast<std::int64_t>(values.size()));
    });
    auto const types = found_words.size();
    return nb::make_tuple(std::move(found_words),
                          to_scipy(types, std::move(offsets), std::move(columns), std::move(values)));
}

counted_matrix ppmi(nb::handle corpus, std::uint32_t window, std::string weights, double sample, bool cross_sentences,
                    double smoothing, double shift, double threshold, std::string base, std::uint64_t min_count,
                    std::uint64_t max_size, std::optional<vocabulary> words, std::optional<std::string> tokenizer,
                    std::optional<std::string> column, nb::handle memory, unsigned threads, std::uint64_t seed) {
    static constexpr wm::named_value<wm::logarithm> bases[] = {{"2", wm::logarithm::base_2},
                                                               {"e", wm::logarithm::natural}};
    auto const source = corpus_of(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    run_progress progress;
    wm::run_options const run{
        .threads = threads, .memory_bytes = memory_of(memory), .seed = seed, .watch = progress.watch};
    pair_options const how{window, std::move(weights), sample, cross_sentences, min_count, max_size, std::move(words)};
    wm::ppmi_options const values{.base = wm::choose("base", base, bases),
                                  .smoothing = smoothing,
                                  .shift = shift,
                                  .threshold = threshold,
                                  .threads = threads};
    vocabulary found_words;
    wm::csr<float> matrix;
    run_watched(progress, [&] {
        auto const found = count_pairs(source, how, run);
        found_words = found.words;
        auto all = values;
        all.threads = wm::resolve_threads(threads).count;
        all.memory_bytes = wm::resolve_memory(run.memory_bytes) / 2;
        matrix = wm::ppmi(found.counts, all);
    });
    auto const view = std::as_const(matrix).view();
    auto const types = found_words.size();
    return nb::make_tuple(std::move(found_words), to_scipy(types, {view.row_offsets.begin(), view.row_offsets.end()},
                                                           {view.columns_of.begin(), view.columns_of.end()},
                                                           {view.values.begin(), view.values.end()}));
}
}

void bind_vocabulary(nb::module_& m) {
    nb::class_<vocabulary>(m, "Vocabulary", "Words by falling count; ids are dense. Immutable; any thread may use it.")
        .def_static("count", &count, nb::arg("corpus").none(), nb::kw_only(), nb::arg("min_count") = 5,
                    nb::arg("max_size") = 0, nb::arg("tokenizer") = nb::none(), nb::arg("column") = nb::none(),
                    nb::arg("memory") = nb::none(), nb::arg("threads") = 0, R"(Counts the words of a corpus.

Parameters
----------
corpus
    Whatever `Corpus` takes.
min_count : int
    Rarer words are left out.
max_size : int
    Most words; 0 for no limit.
memory : int or str, optional
    Bound in bytes, or such as ``"2GiB"``; counts beyond it go to a temporary file.
threads : int
    0 for as many as the machine allows.)")
        .def_static(
            "load",
            [](nb::handle path) {
                auto const name = path_text(path);
                nb::gil_scoped_release const unlocked;
                return wm::load_vocabulary(name);
            },
            nb::arg("path"), "Reads a file with a line ``word<TAB>count`` for each word.")
        .def(
            "save",
            [](vocabulary const& v, nb::handle path, bool overwrite) {
                auto const name = path_text(path);
                nb::gil_scoped_release const unlocked;
                wm::save_vocabulary(v, name, {.overwrite = overwrite, .compression = wm::codec_of_name(name)});
            },
            nb::arg("path"), nb::kw_only(), nb::arg("overwrite") = true,
            "Writes the words and counts as text, atomically; the extension may name a codec.")
        .def("__len__", &vocabulary::size)
        .def("__contains__",
             [](vocabulary const& v, nb::handle word) {
                 std::string space;
                 return PyUnicode_Check(word.ptr()) && v.find(bytes_of(word, space)).has_value();
             })
        .def(
            "__getitem__",
            [](vocabulary const& v, nb::handle word) { return static_cast<std::uint32_t>(wm::index(id_of(v, word))); },
            nb::arg("word"), "The id of a word; KeyError when it is not there.")
        .def(
            "get_count", [](vocabulary const& v, nb::handle word) { return v.count(id_of(v, word)); }, nb::arg("word"),
            "How often a word occurred.")
        .def(
            "word",
            [](vocabulary const& v, std::size_t id) {
                if (id >= v.size()) throw nb::index_error("id out of range");
                return to_python(v.word(wm::token_id{static_cast<std::uint32_t>(id)}));
            },
            nb::arg("id"), "The word of an id.")
        .def(
            "__iter__",
            [](vocabulary const& v) {
                nb::list words;
                for (std::size_t i = 0; i < v.size(); ++i)
                    words.append(to_python(v.word(wm::token_id{static_cast<std::uint32_t>(i)})));
                return nb::iter(words);
            },
            nb::sig("def __iter__(self) -> collections.abc.Iterator[str]"))
        .def(
            "most_common",
            [](vocabulary const& v, std::optional<std::size_t> n) {
                std::vector<std::pair<nb::str, std::uint64_t>> out;
                for (std::size_t i = 0; i < std::min(n.value_or(v.size()), v.size()); ++i) {
                    auto const id = wm::token_id{static_cast<std::uint32_t>(i)};
                    out.emplace_back(to_python(v.word(id)), v.count(id));
                }
                return out;
            },
            nb::arg("n") = nb::none(), "The most frequent words with their counts, as `collections.Counter` has them.")
        .def_prop_ro(
            "counts", [](nb::handle self) { return array_of(nb::cast<vocabulary const&>(self).counts(), self); },
            nb::for_getter(nb::sig("def counts(self, /) -> numpy.typing.NDArray[numpy.uint64]")),
            "Counts by id [V]: a read-only view.")
        .def_prop_ro("tokens", &vocabulary::tokens, "The sum of the counts.")
        .def_prop_ro("dropped_words", &vocabulary::dropped_types, "Words that min_count and max_size left out.")
        .def_prop_ro("dropped_tokens", &vocabulary::dropped_tokens, "Their occurrences.")
        .def_prop_ro("fingerprint", &vocabulary::fingerprint, "Equal for the same words with the same counts only.")
        .def("__repr__", [](vocabulary const& v) {
            return "Vocabulary(" + wm::format_count(v.size()) + " words, " + wm::format_count(v.tokens()) + " tokens)";
        });
    m.def("cooccurrences", &cooccurrences, nb::arg("corpus").none(), nb::kw_only(), nb::arg("window") = 5,
          nb::arg("weights") = "flat", nb::arg("sample") = 0.0, nb::arg("cross_sentences") = false,
          nb::arg("min_count") = 5, nb::arg("max_size") = 0, nb::arg("vocabulary") = nb::none(),
          nb::arg("tokenizer") = nb::none(), nb::arg("column") = nb::none(), nb::arg("memory") = nb::none(),
          nb::arg("threads") = 0, nb::arg("seed") = 1, R"(Counts how often words occur near one another.

Parameters
----------
corpus
    Whatever `Corpus` takes.
window : int
    Words on each side that are counted.
weights : str
    ``"flat"`` (1) or ``"harmonic"`` (1 / distance).
sample : float
    Subsampling threshold for frequent words; 0 for none.

Returns
-------
(Vocabulary, scipy.sparse.csr_array)
    Rows are words, columns their contexts. Needs SciPy.)");
    m.def("ppmi", &ppmi, nb::arg("corpus").none(), nb::kw_only(), nb::arg("window") = 5, nb::arg("weights") = "flat",
          nb::arg("sample") = 0.0, nb::arg("cross_sentences") = false, nb::arg("smoothing") = 1.0,
          nb::arg("shift") = 1.0, nb::arg("threshold") = 0.0, nb::arg("base") = "2", nb::arg("min_count") = 5,
          nb::arg("max_size") = 0, nb::arg("vocabulary") = nb::none(), nb::arg("tokenizer") = nb::none(),
          nb::arg("column") = nb::none(), nb::arg("memory") = nb::none(), nb::arg("threads") = 0, nb::arg("seed") = 1,
          R"(Counts co-occurrences and takes their positive pointwise mutual information.

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

Others are those of `cooccurrences`.

Returns
-------
(Vocabulary, scipy.sparse.csr_array)
    Needs SciPy.)");
}
