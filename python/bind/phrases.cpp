#include "binding.hpp"
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;
#include "run.hpp"
#include "sources.hpp"

namespace {
namespace wm = wordmill;
using wm::phrase_table;

phrase_table learn(nb::handle corpus, std::string score, std::optional<double> threshold, std::uint64_t min_count,
                   std::uint32_t passes, std::string delimiter, std::optional<std::string> tokenizer,
                   std::optional<std::string> column, nb::handle memory, unsigned threads) {
    static constexpr wm::named_value<wm::phrase_score> scores[] = {
        {"mikolov", wm::phrase_score::mikolov}, {"pmi", wm::phrase_score::pmi}, {"npmi", wm::phrase_score::npmi}};
    wm::phrase_recipe const how{
        .scoring = {.score = wm::choose("score", score, scores), .threshold = threshold, .min_count = min_count},
        .passes = passes,
        .delimiter = std::move(delimiter)};
    auto const source = corpus_of(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
    run_progress progress;
    wm::run_options const run{.threads = threads,
                              .memory_bytes = memory_of(memory),
                              .watch = progress.watch,
                              .on_message = [](std::string const& line) { log_message("info", line); }};
    phrase_table table;
    run_watched(progress, [&] { table = wm::learn_phrases(source.corpus, how, run).table; });
    return table;
}

/// A sentence as a block.
wm::word_block block_of(nb::handle words) {
    if (PyUnicode_Check(words.ptr())) throw nb::type_error("expected a list of words, found str");
    wm::word_block block;
    std::string space;
    for (nb::handle each : words) {
        auto const word = bytes_of(each, space);
        if (block.text.size() + word.size() > std::numeric_limits<std::uint32_t>::max())
            throw wm::error(wm::failure::usage, "expected a sentence of less than 4 GiB");
        block.words.push_back({static_cast<std::uint32_t>(block.text.size()), static_cast<std::uint32_t>(word.size())});
        block.text += word;
    }
    block.sentence_ends.push_back(static_cast<std::uint32_t>(block.words.size()));
    return block;
}

nb::list words_of(wm::word_block const& block) {
    nb::list words;
    for (std::size_t i = 0; i < block.words.size(); ++i) words.append(to_python(block.word(i)));
    return words;
}

nb::list apply(phrase_table const& table, nb::handle sentence) {
    auto block = block_of(sentence);
    wm::phrase_joiner::scratch space;
    wm::join_phrases(table).join(block, space);
    return words_of(block);
}

nb::list tokenize(nb::handle text, std::string const& name) {
    if (!PyUnicode_Check(text.ptr()))
        throw nb::type_error(("expected a text (str), found " + nb::cast<std::string>(nb::inst_name(text))).c_str());
    std::string space;
    auto const split = wm::tokenizer_named(name);
    wm::text_block block;
    block.text = bytes_of(text, space);
    return words_of(split(std::move(block)));
}

/// The words of sentences, and all that gensim's `Phrases` counts as candidates for phrases: two words that are not
/// connector words, and the connector words between them, joined by the delimiter.
class candidate_method final : public wm::tokenizer::method {
public:
    candidate_method(wm::tokenizer split, std::string delimiter, std::set<std::string, std::less<>> connectors)
        : split_(std::move(split)), delimiter_(std::move(delimiter)), connectors_(std::move(connectors)) {}
    void split(wm::text_block&& in, wm::word_block& out) const override {
        wm::word_block words;
        split_(std::move(in), words);
        tokens_ += words.words.size();
        out.text = words.text;
        std::size_t begin = 0;
        for (auto const end : words.sentence_ends) {
            add_sentence(words, begin, end, out);
            out.sentence_ends.push_back(static_cast<std::uint32_t>(out.words.size()));
            begin = end;
        }
        add_sentence(words, begin, words.words.size(), out);
        out.document_ends = std::move(words.document_ends);
    }
    [[nodiscard]] wm::note_map description() const override { return split_.description(); }
    [[nodiscard]] std::uint64_t tokens() const noexcept { return tokens_; }

private:
    void add_sentence(wm::word_block const& words, std::size_t begin, std::size_t end, wm::word_block& out) const {
        auto first = end;
        for (auto i = begin; i < end; ++i) {
            if (connectors_.contains(words.word(i))) continue;
            out.words.push_back(words.words[i]);
            if (first < i) add_candidate(words, first, i, out);
            first = i;
        }
    }
    void add_candidate(wm::word_block const& words, std::size_t first, std::size_t last, wm::word_block& out) const {
        auto const begin = out.text.size();
        for (auto i = first; i <= last; ++i) {
            if (i > first) out.text += delimiter_;
            out.text += words.word(i);
        }
        if (out.text.size() > std::numeric_limits<std::uint32_t>::max())
            throw wm::error(wm::failure::bad_data, "a block with its phrases would exceed 4 GiB");
        out.words.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(out.text.size() - begin)});
    }

    wm::tokenizer split_;
    std::string delimiter_;
    std::set<std::string, std::less<>> connectors_;
    mutable std::atomic<std::uint64_t> tokens_ = 0;
};

nb::tuple count_candidates(nb::handle corpus, std::string delimiter, nb::handle connector_words) {
    std::set<std::string, std::less<>> connectors;
    std::string space;
    for (nb::handle each : connector_words) connectors.emplace(bytes_of(each, space));
    auto const source = corpus_of(corpus, {});
    run_progress progress;
    auto const method =
        std::make_shared<candidate_method>(source.corpus.split({}), std::move(delimiter), std::move(connectors));
    wm::vocabulary words;
    run_watched(progress, [&] {
        words = wm::vocabulary(wm::count_words(source.corpus.text({.watch = progress.watch}), wm::tokenizer(method),
                                               {.progress = progress.watch}),
                               {.min_count = 1});
    });
    return nb::make_tuple(std::move(words), method->tokens());
}
}

void bind_phrases(nb::module_& m) {
    nb::class_<wm::phrase>(m, "Phrase", "Two words that form a phrase; each may itself be a phrase of an earlier pass.")
        .def_prop_ro("first", [](wm::phrase const& p) { return to_python(p.first); })
        .def_prop_ro("second", [](wm::phrase const& p) { return to_python(p.second); })
        .def_ro("score", &wm::phrase::score)
        .def_ro("count", &wm::phrase::count, "How often the two words follow each other.")
        .def_ro("first_count", &wm::phrase::first_count)
        .def_ro("second_count", &wm::phrase::second_count)
        .def_ro("found_in_pass", &wm::phrase::pass, "1 joins words, 2 the results of pass 1, and so on.")
        .def("__repr__", [](wm::phrase const& p) {
            return nb::str("Phrase({!r}, {!r}, score={:.4g}, count={})")
                .format(to_python(p.first), to_python(p.second), p.score, p.count);
        });
    nb::class_<phrase_table>(m, "Phrases", R"(Pairs of words that are phrases, to be joined to one word.

Made by `Phrases.learn` and `Phrases.load`. Immutable; any thread may use it.

Examples
--------
>>> import wordmill as wm
>>> text = [["new", "york", "is", "large"], ["new", "york"], ["a", "large", "house"]] * 10
>>> phrases = wm.Phrases.learn(text, min_count=5, threshold=2)
>>> phrases.apply(["in", "new", "york"])
['in', 'new_york']
>>> "new_york" in wm.Vocabulary.count(phrases.join(text))
True)")
        .def_static("learn", &learn, nb::arg("corpus").none(), nb::kw_only(), nb::arg("score") = "mikolov",
                    nb::arg("threshold") = nb::none(), nb::arg("min_count") = 5, nb::arg("passes") = 1,
                    nb::arg("delimiter") = "_", nb::arg("tokenizer") = nb::none(), nb::arg("column") = nb::none(),
                    nb::arg("memory") = nb::none(), nb::arg("threads") = 0,
                    R"(Finds the pairs of words that follow each other more often than chance would have it.

Parameters
----------
corpus
    Whatever `Corpus` takes.
score : str
    ``"mikolov"``: (count(ab) - min_count) N / (count(a) count(b)) with N tokens, as word2phrase scores. ``"pmi"``:
    ln(p(ab) / (p(a) p(b))). ``"npmi"``: that divided by -ln p(ab), from -1 to 1.
threshold : float, optional
    Phrases score more than this. By default 100 for ``"mikolov"``, 5 for ``"pmi"``, 0.5 for ``"npmi"``.
min_count : int
    Rarer pairs, and pairs of rarer words, are left out.
passes : int
    Each pass joins the phrases of the passes before: 2 find phrases of up to four words.
delimiter : str
    Stands between the words of a phrase.
tokenizer, column : str, optional
    See `Corpus`.
memory : int or str, optional
    Bound in bytes, or such as ``"2GiB"``; counts beyond it go to a temporary file.
threads : int
    0 for as many as the machine allows.

Returns
-------
Phrases)")
        .def("apply", &apply, nb::arg("sentence"),
             nb::sig("def apply(self, sentence: collections.abc.Iterable[str]) -> list[str]"),
             "The words of a sentence, with phrases joined: from left to right and without overlap, pass after pass.")
        .def(
            "join",
            [](phrase_table const& table, nb::handle corpus, std::optional<std::string> tokenizer,
               std::optional<std::string> column) {
                auto const source = corpus_of(corpus, {.tokenizer = std::move(tokenizer), .column = std::move(column)});
                return python_corpus{.corpus = source.corpus.with_phrases(table),
                                     .name = source.name,
                                     .tokenizer = source.tokenizer,
                                     .listed = source.listed,
                                     .has_phrases = true};
            },
            nb::arg("corpus").none(), nb::kw_only(), nb::arg("tokenizer") = nb::none(), nb::arg("column") = nb::none(),
            R"(The corpus with phrases joined, for every function that takes a corpus.

Parameters
----------
corpus
    Whatever `Corpus` takes.
tokenizer, column : str, optional
    See `Corpus`.

Returns
-------
Corpus)")
        .def_static(
            "load",
            [](nb::handle path) {
                auto const name = path_text(path);
                nb::gil_scoped_release const unlocked;
                return wm::load_phrases(name);
            },
            nb::arg("path"), "Reads a file that `save` or the command ``wordmill phrases`` wrote.")
        .def(
            "save",
            [](phrase_table const& table, nb::handle path, bool overwrite) {
                auto const name = path_text(path);
                nb::gil_scoped_release const unlocked;
                wm::save_phrases(table, name, {.overwrite = overwrite, .compression = wm::codec_of_name(name)});
            },
            nb::arg("path"), nb::kw_only(), nb::arg("overwrite") = true,
            "Writes a line for each phrase, in columns separated by tabs, atomically; the extension may name a codec.")
        .def_prop_ro("delimiter", [](phrase_table const& table) { return to_python(table.delimiter()); })
        .def("__len__", [](phrase_table const& table) { return table.phrases().size(); })
        .def(
            "__iter__",
            [](phrase_table const& table) {
                nb::list all;
                for (auto const& each : table.phrases()) all.append(nb::cast(each));
                return nb::iter(all);
            },
            nb::sig("def __iter__(self) -> collections.abc.Iterator[Phrase]"),
            "Every `Phrase`, pass after pass, by falling score.")
        .def(
            "__reduce__",
            [](phrase_table const& table) {
                auto const text = wm::format_phrases(table);
                return nb::make_tuple(nb::module_::import_("wordmill._views").attr("restore_phrases"),
                                      nb::make_tuple(nb::bytes(text.data(), text.size())));
            },
            nb::sig("def __reduce__(self) -> tuple[typing.Any, ...]"))
        .def("__repr__", [](phrase_table const& table) {
            return "Phrases(" + wm::format_count(table.phrases().size()) + " phrases)";
        });
    m.def("_restored_phrases",
          [](nb::bytes text) { return wm::parse_phrases(std::string_view(text.c_str(), text.size())); });
    m.def("_count_candidates", &count_candidates, nb::arg("corpus"), nb::arg("delimiter"), nb::arg("connector_words"));
    m.def("tokenize", &tokenize, nb::arg("text"), nb::arg("tokenizer") = "whitespace",
          nb::sig("def tokenize(text: str, tokenizer: str = 'whitespace') -> list[str]"), R"(Splits a text into words.

Parameters
----------
text : str
tokenizer : str
    One of `tokenizer_names`, or ``"sentencepiece:MODEL"``.

Returns
-------
list of str

Examples
--------
>>> import wordmill as wm
>>> wm.tokenize("Don't panic, Zaphod!", "unicode")
["don't", 'panic', 'zaphod'])");
}
