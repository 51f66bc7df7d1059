#include "binding.hpp"
import wordmill.core;
import wordmill.eval;
import wordmill.io;
import wordmill.plot;
import wordmill.text;
import wordmill.vectors;

namespace {
namespace wm = wordmill;
using wm::word_vectors;

[[noreturn]] void raise_unknown(nb::handle word) {
    auto const error = nb::module_::import_("wordmill._errors")
                           .attr("make")("unknown_word", nb::str("Key {!r} not present").format(word));
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
    nb::raise_python_error();
}

wm::token_id id_of(word_vectors const& v, nb::handle word) {
    if (PyLong_Check(word.ptr())) {
        auto const number = nb::cast<std::int64_t>(word);
        if (number < 0 || static_cast<std::uint64_t>(number) >= v.size()) raise_unknown(word);
        return wm::token_id{static_cast<std::uint32_t>(number)};
    }
    std::string space;
    auto const found = v.find(bytes_of(word, space));
    if (!found) raise_unknown(word);
    return *found;
}

/// The vector of a word: a row, or what the n-grams of an unseen word give.
struct word_vector {
    std::optional<wm::token_id> id{};
    std::span<float const> values{};
    float norm = 0;
    std::vector<float> composed{};
};

double dot(std::span<float const> a, std::span<float const> b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += double{a[i]} * b[i];
    return sum;
}

word_vector vector_of(word_vectors const& v, nb::handle word) {
    std::string space;
    word_vector found;
    if (PyUnicode_Check(word.ptr()) && v.subwords().any() && !v.find(bytes_of(word, space)))
        if (auto composed = v.subwords().compose(bytes_of(word, space))) {
            found.composed = std::move(*composed);
            found.values = found.composed;
            found.norm = static_cast<float>(std::sqrt(dot(found.values, found.values)));
            return found;
        }
    found.id = id_of(v, word);
    found.values = v.row(*found.id);
    found.norm = v.norms()[wm::index(*found.id)];
    return found;
}

/// A read-only array of the rows that `owner` keeps alive.
nb::object view_of(wm::matrix_view<float const> rows, nb::handle owner) {
    return nb::cast(nb::ndarray<nb::numpy, float const, nb::ndim<2>>(rows.data, {rows.rows, rows.columns}, owner,
                                                                     {static_cast<std::int64_t>(rows.stride), 1}));
}

bool is_word(nb::handle h) { return PyUnicode_Check(h.ptr()) || PyLong_Check(h.ptr()); }

nb::object array_of_word(nb::handle self, word_vectors const& v, nb::handle word) {
    auto found = vector_of(v, word);
    return found.id ? array_of(found.values, self) : owned_array(std::move(found.composed), std::array{v.dimension()});
}

nb::object rows_of(word_vectors const& v, nb::handle words) {
    std::vector<float> rows;
    std::size_t count = 0;
    for (nb::handle each : words) {
        auto const found = vector_of(v, each);
        rows.insert(rows.end(), found.values.begin(), found.values.end());
        ++count;
    }
    return owned_array(std::move(rows), std::array{count, v.dimension()});
}

/// Words and cosines, a `list` that notebooks show with bars.
using answers = nb::typed<nb::list, nb::typed<nb::tuple, nb::str, double>>;

answers answers_of(std::vector<wm::neighbour> const& found, std::size_t top,
                   std::span<wm::token_id const> besides = {}) {
    nb::list out;
    for (auto const& each : found) {
        if (nb::len(out) == top) break;
        if (std::ranges::find(besides, each.id) == besides.end())
            out.append(nb::make_tuple(to_python(each.word), each.score));
    }
    return nb::borrow<answers>(nb::module_::import_("wordmill._views").attr("Neighbours")(out));
}

/// The mean of unit vectors that gensim and word2vec's programs ask with.
class question {
public:
    explicit question(word_vectors const& v) : v_(&v), sum_(v.dimension()) {}

    /// A word, a vector, a (word, weight) pair, or a list of these.
    void add(nb::handle what, double sign) {
        if (what.is_none()) return;
        if (is_word(what) || is_vector(what)) return add_one(what, sign);
        for (nb::handle each : what) add_one(each, sign);
    }
    [[nodiscard]] std::span<float const> vector() {
        if (parts_ == 0) throw wm::error(wm::failure::usage, "expected a word or a vector to compare with, found none");
        as_floats_.assign(sum_.begin(), sum_.end());
        return as_floats_;
    }
    [[nodiscard]] std::span<wm::token_id const> words() const noexcept { return words_; }

private:
    static bool is_vector(nb::handle h) { return nb::ndarray_check(h) && nb::cast<std::size_t>(h.attr("ndim")) == 1; }
    void add_one(nb::handle what, double weight) {
        if (PyTuple_Check(what.ptr()) && nb::len(what) == 2 && !is_word(what[1])) {
            weight *= nb::cast<double>(what[1]);
            return add_one(nb::object(what[0]), weight);
        }
        ++parts_;
        if (is_word(what)) {
            auto const found = vector_of(*v_, what);
            if (found.id) words_.push_back(*found.id);
            return add_scaled(found.values, found.norm > 0 ? weight / found.norm : 0);
        }
        auto const given = nb::cast<nb::ndarray<float const, nb::ndim<1>, nb::c_contig, nb::device::cpu>>(what);
        if (given.size() != sum_.size())
            throw wm::error(wm::failure::usage, "expected a vector of " + std::to_string(sum_.size())
                                                    + " dimensions, found " + std::to_string(given.size()));
        double squares = 0;
        for (std::size_t i = 0; i < given.size(); ++i) squares += double{given.data()[i]} * given.data()[i];
        add_scaled({given.data(), given.size()}, squares > 0 ? weight / std::sqrt(squares) : 0);
    }
    void add_scaled(std::span<float const> vector, double factor) {
        for (std::size_t i = 0; i < vector.size(); ++i) sum_[i] += factor * vector[i];
    }

    word_vectors const* v_;
    std::vector<double> sum_;
    std::vector<float> as_floats_{};
    std::vector<wm::token_id> words_{};
    std::size_t parts_ = 0;
};

answers most_similar(word_vectors const& v, nb::handle positive, nb::handle negative, std::size_t topn,
                     std::optional<std::size_t> restrict_vocab, unsigned threads) {
    question asked(v);
    asked.add(positive, 1);
    asked.add(negative, -1);
    auto const vector = asked.vector();
    auto const more = topn + asked.words().size();
    std::vector<wm::neighbour> found;
    {
        nb::gil_scoped_release const unlocked;
        found = wm::nearest(v, vector, {.top = more, .max_words = restrict_vocab.value_or(0), .threads = threads});
    }
    return answers_of(found, topn, asked.words());
}

std::vector<std::string> known_words(word_vectors const& v, nb::handle words) {
    std::vector<std::string> out;
    for (nb::handle each : words) out.emplace_back(v.word(id_of(v, each)));
    return out;
}

std::vector<answers> most_similar_many(word_vectors const& v, nb::handle words, std::size_t topn,
                                       std::optional<std::size_t> restrict_vocab, unsigned threads) {
    std::vector<nb::object> all;
    std::vector<std::string> known;
    for (nb::handle each : words) {
        all.push_back(nb::borrow(each));
        if (auto const found = vector_of(v, each); found.id) known.emplace_back(v.word(*found.id));
    }
    wm::batch_answers found;
    {
        nb::gil_scoped_release const unlocked;
        found = wm::nearest(v, known, {.top = topn, .max_words = restrict_vocab.value_or(0), .threads = threads});
    }
    std::vector<answers> out;
    std::size_t next = 0;
    for (auto const& each : all)
        if (vector_of(v, each).id)
            out.push_back(answers_of(found.answers[next++], topn));
        else
            out.push_back(most_similar(v, each, nb::none(), topn, restrict_vocab, threads));
    return out;
}

double similarity(word_vectors const& v, nb::handle a, nb::handle b) {
    auto const first = vector_of(v, a), second = vector_of(v, b);
    if (!(first.norm > 0 && second.norm > 0)) return std::numeric_limits<double>::quiet_NaN();
    if (first.id && second.id) return *wm::similarity(v, *first.id, *second.id);
    return dot(first.values, second.values) / first.norm / second.norm;
}

nb::object doesnt_match(word_vectors const& v, nb::handle words) {
    auto const known = known_words(v, words);
    auto const odd = wm::odd_one_out(v, known);
    if (!odd)
        throw wm::error(wm::failure::usage, "expected three words or more, found " + std::to_string(known.size()));
    return to_python(known[*odd]);
}

word_vectors load(nb::handle path, std::string const& format, std::uint64_t max_words, std::string const& on_bad,
                  bool subwords, bool mmap) {
    static constexpr wm::named_value<wm::bad_rows> policies[] = {{"strict", wm::bad_rows::strict},
                                                                 {"skip", wm::bad_rows::skip}};
    wm::load_vectors_options const how{.format = format == "auto" ? wm::vector_format::automatic
                                                                  : wm::vector_format_named(format),
                                       .max_words = max_words,
                                       .subwords = subwords,
                                       .map = mmap,
                                       .on_bad = wm::choose("on_bad", on_bad, policies)};
    auto const name = path_text(path);
    nb::gil_scoped_release const unlocked;
    return wm::load_vectors(name, how);
}

void save(word_vectors const& v, nb::handle path, std::string const& format, bool half, int digits, bool overwrite) {
    auto const name = path_text(path);
    wm::save_vectors_options const how{.format = format == "auto" ? wm::vector_format::automatic
                                                                  : wm::vector_format_named(format),
                                       .half = half,
                                       .digits = digits,
                                       .output = {.overwrite = overwrite, .compression = wm::codec_of_name(name)}};
    nb::gil_scoped_release const unlocked;
    wm::save_vectors(v, name, how);
}

nb::object map(word_vectors const& v, std::size_t words, std::size_t neighbours, nb::handle highlight,
               std::string title, unsigned threads) {
    constexpr std::size_t most_words = 20'000; // what a browser draws while one moves the map
    if (words < 2 || words > most_words)
        throw wm::error(wm::failure::usage,
                        "words: expected 2 to " + wm::format_count(most_words) + ", found " + wm::format_count(words));
    wm::map_options const how{.words = words,
                              .neighbours = neighbours,
                              .highlight = known_words(v, highlight),
                              .threads = wm::resolve_threads(threads).count};
    std::string html;
    {
        nb::gil_scoped_release const unlocked;
        wm::page content{.title = std::move(title)};
        content.map = wm::map_words(v, how);
        html = wm::to_html(content);
    }
    return nb::module_::import_("wordmill._views").attr("Page")(html);
}

// Pickle: the words as one string of bytes and their sizes, and the table as a buffer that protocol 5 can pass out of
// band.
nb::object buffer_of(nb::handle table, int protocol) {
    return protocol >= 5 ? nb::module_::import_("pickle").attr("PickleBuffer")(table)
                         : nb::object(table.attr("tobytes")());
}
nb::object reduced(wm::subword_vectors const& subwords, nb::handle self, int protocol);

nb::object reduce(nb::handle self, int protocol) {
    auto const& v = nb::cast<word_vectors const&>(self);
    std::string words;
    std::vector<std::uint32_t> sizes;
    for (std::size_t i = 0; i < v.size(); ++i) {
        auto const word = v.word(wm::token_id{static_cast<std::uint32_t>(i)});
        words.append(word);
        sizes.push_back(static_cast<std::uint32_t>(word.size()));
    }
    auto const rows = buffer_of(self.attr("vectors"), protocol);
    return nb::make_tuple(nb::module_::import_("wordmill._views").attr("restore"),
                          nb::make_tuple(nb::bytes(words.data(), words.size()),
                                         owned_array(std::move(sizes), std::array{v.size()}), rows, v.dimension(),
                                         nb::object(self.attr("counts")), v.notes(),
                                         reduced(v.subwords(), self, protocol)));
}

/// Subwords as a pickle has them: fewest and most letters, and the rows.
using pickled_subwords =
    std::tuple<std::uint32_t, std::uint32_t, nb::ndarray<float const, nb::ndim<2>, nb::c_contig, nb::device::cpu>>;

nb::object reduced(wm::subword_vectors const& subwords, nb::handle self, int protocol) {
    if (!subwords.any()) return nb::none();
    auto const& [least, most, buckets] = subwords.options();
    auto const rows = nb::module_::import_("numpy").attr("ascontiguousarray")(self.attr("subwords").attr("vectors"));
    return nb::make_tuple(least, most, buffer_of(rows, protocol));
}

word_vectors restored(nb::bytes words, nb::ndarray<std::uint32_t const, nb::ndim<1>, nb::c_contig> sizes,
                      nb::ndarray<float const, nb::ndim<2>, nb::c_contig> rows,
                      std::optional<nb::ndarray<std::uint64_t const, nb::ndim<1>, nb::c_contig>> counts,
                      wm::note_map notes, std::optional<pickled_subwords> subwords) {
    std::vector<std::string> names;
    std::size_t at = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes.data()[i] > words.size() - at) throw wm::error(wm::failure::bad_data, "the pickle is damaged");
        names.emplace_back(words.c_str() + at, sizes.data()[i]);
        at += sizes.data()[i];
    }
    word_vectors vectors(names, {rows.data(), rows.shape(0), rows.shape(1), rows.shape(1)},
                         counts ? std::span(counts->data(), counts->size()) : std::span<std::uint64_t const>(),
                         std::move(notes));
    if (!subwords) return vectors;
    auto const& [least, most, table] = *subwords;
    auto const kept = std::make_shared<std::vector<float>>(table.data(), table.data() + table.size());
    return vectors.with_subwords(
        {{.least_letters = least, .most_letters = most, .buckets = static_cast<std::uint32_t>(table.shape(0))},
         {.view = {kept->data(), table.shape(0), table.shape(1), table.shape(1)}, .owner = kept}});
}

word_vectors from_arrays(nb::handle words, nb::ndarray<float const, nb::ndim<2>, nb::c_contig, nb::device::cpu> vectors,
                         std::optional<nb::ndarray<std::uint64_t const, nb::ndim<1>, nb::c_contig>> counts) {
    std::vector<std::string> names;
    std::string space;
    for (nb::handle each : words) names.emplace_back(bytes_of(each, space));
    if (names.size() != vectors.shape(0) || (counts && counts->size() != names.size()))
        throw wm::error(wm::failure::usage, "expected a vector and a count for each of the "
                                                + std::to_string(names.size()) + " words, found "
                                                + std::to_string(vectors.shape(0)) + " vectors");
    return word_vectors(names, {vectors.data(), vectors.shape(0), vectors.shape(1), vectors.shape(1)},
                        counts ? std::span(counts->data(), counts->size()) : std::span<std::uint64_t const>());
}
}

void bind_vectors(nb::module_& m) {
    nb::class_<wm::similarity_score>(m, "SimilarityScore", "How cosines of words agree with human judgement.")
        .def_ro("spearman", &wm::similarity_score::spearman, "Rank correlation, or None for fewer than two pairs.")
        .def_ro("pearson", &wm::similarity_score::pearson, "Correlation, or None for fewer than two pairs.")
        .def_ro("pairs", &wm::similarity_score::pairs)
        .def_ro("covered", &wm::similarity_score::covered, "Pairs of known words.")
        .def_ro("unknown", &wm::similarity_score::unknown)
        .def("__repr__", [](wm::similarity_score const& s) {
            return "SimilarityScore(spearman=" + (s.spearman ? wm::format_short(*s.spearman) : "None")
                   + ", covered=" + std::to_string(s.covered) + " of " + std::to_string(s.pairs) + ")";
        });
    nb::class_<wm::section_score>(m, "SectionScore", "The answers to one section of analogy questions.")
        .def_ro("name", &wm::section_score::name)
        .def_ro("questions", &wm::section_score::questions)
        .def_ro("covered", &wm::section_score::covered, "Questions of known words.")
        .def_ro("correct", &wm::section_score::correct)
        .def_prop_ro("accuracy", &wm::section_score::accuracy, "correct / covered, or None.")
        .def("__repr__", [](wm::section_score const& s) {
            return "SectionScore(" + s.name + ": " + std::to_string(s.correct) + " of " + std::to_string(s.covered)
                   + ")";
        });
    nb::class_<wm::analogy_score>(m, "AnalogyScore", "The answers to analogy questions.")
        .def_ro("sections", &wm::analogy_score::sections)
        .def_ro("total", &wm::analogy_score::total)
        .def_prop_ro("accuracy", [](wm::analogy_score const& s) { return s.total.accuracy(); })
        .def("__repr__", [](wm::analogy_score const& s) {
            return "AnalogyScore(" + std::to_string(s.total.correct) + " of " + std::to_string(s.total.covered) + ")";
        });

    nb::class_<wm::subword_vectors>(m, "Subwords",
                                    R"(The vectors of character n-grams, from which unseen words get a vector.

A word is put between ``<`` and ``>`` first. N-grams with the same hash share a vector, as in fastText.)")
        .def_prop_ro(
            "minn", [](wm::subword_vectors const& s) { return s.options().least_letters; },
            "Characters of the shortest n-gram.")
        .def_prop_ro(
            "maxn", [](wm::subword_vectors const& s) { return s.options().most_letters; },
            "Characters of the longest n-gram.")
        .def_prop_ro(
            "vectors", [](nb::handle self) { return view_of(nb::cast<wm::subword_vectors const&>(self).rows(), self); },
            nb::for_getter(nb::sig("def vectors(self, /) -> numpy.typing.NDArray[numpy.float32]")),
            "A vector for each bucket of n-grams [buckets, D]: a read-only view without a copy.")
        .def(
            "buckets",
            [](wm::subword_vectors const& s, nb::handle word) {
                std::string space;
                std::vector<std::uint32_t> buckets;
                wm::append_subwords(bytes_of(word, space), s.options(), buckets);
                auto const count = std::array{buckets.size()};
                return owned_array(std::move(buckets), count);
            },
            nb::arg("word"), nb::sig("def buckets(self, word: str) -> numpy.typing.NDArray[numpy.uint32]"),
            "The bucket of each n-gram of a word, by start, then by length.")
        .def(
            "bucket",
            [](wm::subword_vectors const& s, nb::handle ngram) {
                std::string space;
                return wm::subword_bucket(bytes_of(ngram, space), s.options());
            },
            nb::arg("ngram"), "The bucket of an n-gram, such as ``\"<wo\"``.")
        .def("_matrix",
             [](nb::handle self, std::string const& name) -> nb::object {
                 auto const* const model = nb::cast<wm::subword_vectors const&>(self).model();
                 if (model == nullptr) return nb::none();
                 return view_of(name == "input" ? model->input : model->output, self);
             })
        .def("__repr__", [](wm::subword_vectors const& s) {
            auto const& [least, most, buckets] = s.options();
            return "Subwords(" + std::to_string(least) + " to " + std::to_string(most) + " letters, "
                   + wm::format_count(buckets) + " buckets)";
        });

    nb::class_<word_vectors>(m, "KeyedVectors",
                             R"(Words and their vectors, most frequent first. Immutable; any thread may use it.

Parameters
----------
words : iterable of str
vectors : array of float32, [V, D]
counts : array of uint64, [V], optional

Both are copied.)",
                             nb::is_weak_referenceable())
        .def(
            "__init__",
            [](word_vectors* self, nb::object words,
               nb::ndarray<float const, nb::ndim<2>, nb::c_contig, nb::device::cpu> vectors,
               std::optional<nb::ndarray<std::uint64_t const, nb::ndim<1>, nb::c_contig>> counts) {
                new (self) word_vectors(from_arrays(words, vectors, counts));
            },
            nb::arg("words"), nb::arg("vectors"), nb::arg("counts") = nb::none())
        .def_static("load", &load, nb::arg("path"), nb::kw_only(), nb::arg("format") = "auto", nb::arg("max_words") = 0,
                    nb::arg("on_bad") = "strict", nb::arg("subwords") = true, nb::arg("mmap") = false,
                    R"(Reads vectors from a file of any format and codec.

Parameters
----------
path : str or os.PathLike
format : str
    ``"auto"`` detects it from content: word2vec text and binary, GloVe text, ``.npy``, safetensors, fastText ``.bin``,
    TensorBoard projector.
max_words : int
    Only the first words of the file; 0 for all.
on_bad : str
    ``"strict"``, or ``"skip"`` to leave out damaged rows.
subwords : bool
    Keep the vectors of n-grams that a fastText ``.bin`` or safetensors of Wordmill has, so that unseen words have
    vectors. They often take more memory than the words.
mmap : bool
    Map the vectors from the file instead of copying them: pages are read when they are used, and processes that map
    the same file share them. For safetensors with 32-bit floats that are not compressed. The file must not be truncated or
    rewritten in place meanwhile.)")
        .def("save", &save, nb::arg("path"), nb::kw_only(), nb::arg("format") = "auto", nb::arg("half") = false,
             nb::arg("digits") = 0, nb::arg("overwrite") = true, R"(Writes the vectors, atomically.

Parameters
----------
path : str or os.PathLike
    Its extension decides the format (``.safetensors``, ``.npy``, ``.bin``, ``.txt``, ``.vec``, ``.tsv``) and the codec
    (``.gz``, ``.zst``, ``.bz2``, ``.xz``).
format : str
    ``"word2vec-text"``, ``"word2vec-binary"``, ``"glove-text"``, ``"npy"``, ``"safetensors"``, ``"projector"`` or
    ``"fasttext"``. Safetensors also hold the vectors of n-grams. ``"fasttext"`` is a ``.bin`` file with the whole
    model, and takes vectors that were trained with subwords in this process.
half : bool
    16-bit floats, for ``.npy`` and safetensors.
digits : int
    Significant digits in text; 0 for as many as read back to the same number.)")
        .def("__len__", &word_vectors::size)
        .def("__contains__",
             [](word_vectors const& v, nb::handle word) {
                 std::string space;
                 return PyUnicode_Check(word.ptr()) && v.find(bytes_of(word, space)).has_value();
             })
        .def(
            "__getitem__",
            [](nb::handle self, nb::handle key) -> nb::object {
                auto const& v = nb::cast<word_vectors const&>(self);
                return is_word(key) ? array_of_word(self, v, key) : rows_of(v, key);
            },
            nb::arg("key"),
            nb::sig("def __getitem__(self, key: str | int | collections.abc.Sequence[str | int]) -> "
                    "numpy.typing.NDArray[numpy.float32]"),
            R"(The vector of a word, as a read-only view; or of several words, as a new array [n, D].

An unseen word has the mean of the vectors of its n-grams, as a new array, where there are `subwords`; otherwise it is a
KeyError.)")
        .def(
            "__iter__", [](nb::handle self) { return nb::iter(self.attr("index_to_key")); },
            nb::sig("def __iter__(self) -> collections.abc.Iterator[str]"))
        .def(
            "get_vector",
            [](nb::handle self, nb::handle key, bool norm) -> nb::object {
                auto const& v = nb::cast<word_vectors const&>(self);
                if (!norm) return array_of_word(self, v, key);
                auto const found = vector_of(v, key);
                std::vector<float> unit(found.values.begin(), found.values.end());
                for (auto& each : unit) each = found.norm > 0 ? each / found.norm : 0;
                return owned_array(std::move(unit), std::array{v.dimension()});
            },
            nb::arg("key"), nb::arg("norm") = false,
            nb::sig("def get_vector(self, key: str | int, norm: bool = False) -> numpy.typing.NDArray[numpy.float32]"),
            "The vector of a word; with ``norm``, a copy of length 1.")
        .def_prop_ro(
            "vectors", [](nb::handle self) { return view_of(nb::cast<word_vectors const&>(self).rows(), self); },
            nb::for_getter(nb::sig("def vectors(self, /) -> numpy.typing.NDArray[numpy.float32]")),
            "All vectors [V, D]: a read-only view without a copy.")
        .def_prop_ro(
            "norms", [](nb::handle self) { return array_of(nb::cast<word_vectors const&>(self).norms(), self); },
            nb::for_getter(nb::sig("def norms(self, /) -> numpy.typing.NDArray[numpy.float32]")),
            "Euclidean lengths [V].")
        .def_prop_ro(
            "counts",
            [](nb::handle self) -> nb::object {
                auto const counts = nb::cast<word_vectors const&>(self).counts();
                if (counts.empty()) return nb::none();
                return array_of(counts, self);
            },
            nb::for_getter(nb::sig("def counts(self, /) -> numpy.typing.NDArray[numpy.uint64] | None")),
            "How often each word occurred [V], or None where that is not known.")
        .def_prop_ro(
            "subwords",
            [](word_vectors const& v) { return v.subwords().any() ? std::optional(v.subwords()) : std::nullopt; },
            "The vectors of n-grams, as `Subwords`, or None.")
        .def_prop_ro("vector_size", &word_vectors::dimension, "Dimensions of a vector.")
        .def_prop_ro(
            "notes", [](word_vectors const& v) { return v.notes(); }, "What is known of the training: options, loss.")
        .def_prop_ro(
            "key_to_index",
            [](nb::handle self) { return nb::module_::import_("wordmill._views").attr("KeyToIndex")(self); },
            nb::for_getter(nb::sig("def key_to_index(self, /) -> collections.abc.Mapping[str, int]")),
            "A mapping from words to row numbers; a view.")
        .def_prop_ro(
            "index_to_key",
            [](nb::handle self) { return nb::module_::import_("wordmill._views").attr("IndexToKey")(self); },
            nb::for_getter(nb::sig("def index_to_key(self, /) -> collections.abc.Sequence[str]")),
            "The words in the order of rows; a view.")
        .def("_find",
             [](word_vectors const& v, nb::handle word) -> std::optional<std::uint32_t> {
                 std::string space;
                 if (!PyUnicode_Check(word.ptr())) return std::nullopt;
                 auto const found = v.find(bytes_of(word, space));
                 return found ? std::optional(static_cast<std::uint32_t>(wm::index(*found))) : std::nullopt;
             })
        .def("_word",
             [](word_vectors const& v, std::size_t i) {
                 if (i >= v.size()) throw nb::index_error("row number out of range");
                 return to_python(v.word(wm::token_id{static_cast<std::uint32_t>(i)}));
             })
        .def("most_similar", &most_similar, nb::arg("positive") = nb::none(), nb::arg("negative") = nb::none(),
             nb::arg("topn") = 10, nb::arg("restrict_vocab") = nb::none(), nb::kw_only(), nb::arg("threads") = 1,
             R"(The words nearest to the mean of words and vectors, by cosine.

Parameters
----------
positive, negative : str, vector, or list of these and of (word, weight) pairs
    ``most_similar(positive=["king", "woman"], negative=["man"])`` answers "man is to king as woman is to ?". Words of
    the question are not among the answers. Unseen words are looked up by their n-grams where there are `subwords`.
topn : int
restrict_vocab : int, optional
    Search only the first, most frequent words.

Returns
-------
list of (str, float)
    Words and cosines, best first.)")
        .def("most_similar_many", &most_similar_many, nb::arg("words"), nb::arg("topn") = 10,
             nb::arg("restrict_vocab") = nb::none(), nb::kw_only(), nb::arg("threads") = 0,
             "The nearest words of each of many words: much faster than one question after another.")
        .def("similarity", &similarity, nb::arg("w1"), nb::arg("w2"), "The cosine of two words; NaN for a zero vector.")
        .def(
            "distance", [](word_vectors const& v, nb::handle a, nb::handle b) { return 1 - similarity(v, a, b); },
            nb::arg("w1"), nb::arg("w2"), "1 - similarity.")
        .def("doesnt_match", &doesnt_match, nb::arg("words"),
             nb::sig("def doesnt_match(self, words: collections.abc.Iterable[str]) -> str"),
             "The word that is least similar to the mean of all.")
        .def(
            "evaluate_word_pairs",
            [](word_vectors const& v, nb::handle path, bool lower_case) {
                auto const name = path_text(path);
                nb::gil_scoped_release const unlocked;
                return wm::evaluate_similarity(v, wm::load_similarity_set(name), {.lower_case = lower_case});
            },
            nb::arg("path"), nb::kw_only(), nb::arg("lower_case") = false,
            "Compares cosines with the scores of a file such as WordSim-353 or SimLex-999.")
        .def(
            "evaluate_word_analogies",
            [](word_vectors const& v, nb::handle path, std::optional<std::size_t> restrict_vocab, bool lower_case,
               unsigned threads) {
                auto const name = path_text(path);
                nb::gil_scoped_release const unlocked;
                return wm::evaluate_analogies(
                    v, wm::load_analogy_set(name),
                    {.max_words = restrict_vocab.value_or(0), .lower_case = lower_case, .threads = threads});
            },
            nb::arg("path"), nb::kw_only(), nb::arg("restrict_vocab") = nb::none(), nb::arg("lower_case") = false,
            nb::arg("threads") = 0, "Answers the questions of a file such as questions-words.txt.")
        .def("map", &map, nb::kw_only(), nb::arg("words") = 2000, nb::arg("neighbours") = 10,
             nb::arg("highlight") = nb::make_tuple(), nb::arg("title") = "Word vectors", nb::arg("threads") = 0,
             nb::sig("def map(self, *, words: int = 2000, neighbours: int = 10, highlight: "
                     "collections.abc.Iterable[str] = (), "
                     "title: str = 'Word vectors', threads: int = 0) -> wordmill._views.Page"),
             R"(A page with a map of words, on which one can search and zoom; notebooks show it.

Words lie in the plane of the first two principal components of vectors of length 1. The page is one HTML file that
loads nothing else.

Parameters
----------
words : int
    The first, most frequent words, 2 to 20,000.
neighbours : int
    The nearest words that are shown of each word.
highlight : iterable of str
    Words that are labelled at first. They are on the map even if they are not among the first words.
title : str
threads : int
    0 for as many as the machine allows.

Returns
-------
wordmill.Page
    ``page.save("map.html")``, or ``page.html``.)")
        .def(
            "to_torch", [](nb::handle self) { return nb::module_::import_("wordmill._views").attr("to_torch")(self); },
            nb::sig("def to_torch(self) -> typing.Any"),
            R"(A writable copy of the vectors as a tensor [V, D], for `torch.nn.Embedding.from_pretrained`. Needs PyTorch.)")
        .def("__reduce_ex__", &reduce,
             nb::sig("def __reduce_ex__(self, protocol: typing.SupportsIndex, /) -> tuple[typing.Any, ...]"))
        .def("__repr__",
             [](word_vectors const& v) {
                 return "KeyedVectors(" + wm::format_count(v.size()) + " words, " + std::to_string(v.dimension())
                        + " dimensions)";
             })
        .def("_repr_html_", [](nb::handle self) { return nb::module_::import_("wordmill._views").attr("html")(self); });
    m.def("_restored", &restored, nb::arg("words"), nb::arg("sizes"), nb::arg("rows"), nb::arg("counts").none(),
          nb::arg("notes"), nb::arg("subwords").none());
}
