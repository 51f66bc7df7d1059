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

namespace wm = wordmill;

std::string kind_of(nb::handle h) { return nb::cast<std::string>(nb::inst_name(h)); }

std::string_view text_of(PyObject* s, std::uint64_t index, wm::utf8_policy utf8, std::string& space,
                         wm::tally const& counts) {
    Py_ssize_t size = 0;
    if (auto const* const text = PyUnicode_AsUTF8AndSize(s, &size)) return {text, static_cast<std::size_t>(size)};
    if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) nb::raise_python_error();
    PyErr_Clear();
    if (utf8 == wm::utf8_policy::strict)
        throw wm::error(wm::failure::bad_data,
                        "item " + std::to_string(index) + ": expected text, found a lone surrogate",
                        {.record = index + 1}, "give utf8=\"replace\" to replace it with U+FFFD");
    auto const wide = nb::steal(PyUnicode_AsEncodedString(s, "utf-16-le", "surrogatepass"));
    if (!wide.is_valid()) nb::raise_python_error();
    auto const whole = nb::steal(wide.attr("decode")("utf-16-le", "replace").release());
    auto const* const text = PyUnicode_AsUTF8AndSize(whole.ptr(), &size);
    if (!text) nb::raise_python_error();
    wm::tally(counts).note("invalid UTF-8 replaced", 1);
    space.assign(text, static_cast<std::size_t>(size));
    return space;
}

nb::object iterator_over(held_object const* of, held_object const* begun) {
    auto iterator = begun ? **begun : nb::steal(PyObject_GetIter((**of).ptr()));
    if (!iterator.is_valid()) nb::raise_python_error();
    return iterator;
}

namespace {
constexpr std::size_t block_bytes = 1 << 16;
constexpr std::size_t longest_sentence = 1 << 20; // bytes of a sentence of words in one block

wm::utf8_policy policy_of(std::string const& utf8) {
    auto const policy = wm::choose("utf8", utf8, wm::utf8_policy_names);
    return policy;
}

/// Reads an iterable of strings, or of iterables of strings.
struct item_reader {
    bool lists;
    wm::utf8_policy utf8;
    wm::tally counts;

    std::string_view text_of(PyObject* s, std::uint64_t index, std::string& space) const {
        return ::text_of(s, index, utf8, space, counts);
    }
    /// Appends the words of an item. `views` is space that is used again.
    void append_words(std::string& out, PyObject* item, std::uint64_t index,
                      std::vector<std::string_view>& views) const {
        views.clear();
        std::deque<std::string> repaired; // words with lone surrogates
        auto const view_of = [&](PyObject* word, std::size_t number) {
            Py_ssize_t size = 0;
            if (auto const* const text = PyUnicode_AsUTF8AndSize(word, &size)) [[likely]]
                return std::string_view(text, static_cast<std::size_t>(size));
            PyErr_Clear();
            if (!PyUnicode_Check(word)) refuse_word(word, index, number);
            return text_of(word, index, repaired.emplace_back());
        };
        // Lists and tuples keep their words, and nothing here runs code that could change them.
        if (PyList_Check(item)) {
            auto const size = PyList_Size(item);
            for (Py_ssize_t i = 0; i < size; ++i)
                views.push_back(view_of(PyList_GetItem(item, i), static_cast<std::size_t>(i)));
        } else if (PyTuple_Check(item)) {
            auto const size = PyTuple_Size(item);
            for (Py_ssize_t i = 0; i < size; ++i)
                views.push_back(view_of(PyTuple_GetItem(item, i), static_cast<std::size_t>(i)));
        } else {
            auto const words = nb::steal(PyObject_GetIter(item));
            if (!words.is_valid()) nb::raise_python_error();
            std::size_t number = 0;
            while (auto const word = nb::steal(PyIter_Next(words.ptr()))) {
                auto const view = view_of(word.ptr(), number++);
                wm::append_listed_words(out, {&view, 1});
            }
            if (PyErr_Occurred()) nb::raise_python_error();
        }
        wm::append_listed_words(out, views);
    }
    [[noreturn]] static void refuse_word(PyObject* word, std::uint64_t index, std::size_t number) {
        throw nb::type_error(("item " + std::to_string(index) + ", token " + std::to_string(number)
                              + ": expected str, found " + kind_of(word))
                                 .c_str());
    }
    [[noreturn]] void refuse(PyObject* item, std::uint64_t index) const {
        throw nb::type_error(("item " + std::to_string(index) + ": expected "
                              + (lists ? "an iterable of str, as the items before it" : "str, as the items before it")
                              + ", found " + kind_of(item))
                                 .c_str());
    }
};

bool is_list_of_words(PyObject* item) {
    return !PyUnicode_Check(item) && !PyBytes_Check(item) && !PyByteArray_Check(item)
           && (PyList_Check(item) || PyTuple_Check(item) || PyObject_HasAttrString(item, "__iter__"));
}

wm::generator<wm::text_block> read_texts(std::shared_ptr<held_object const> from,
                                         std::shared_ptr<held_object const> begun, wm::utf8_policy utf8,
                                         wm::pass_options pass) {
    item_reader const reader{.lists = false, .utf8 = utf8, .counts = pass.counts};
    auto const& start = pass.from;
    auto const& watch = pass.watch;
    held_object iterator;
    {
        nb::gil_scoped_acquire const gil;
        *iterator = iterator_over(from.get(), begun.get());
    }
    wm::block_builder builder(block_bytes, start);
    std::uint64_t index = 0;
    for (bool more = true; more;) {
        watch.check();
        {
            nb::gil_scoped_acquire const gil;
            std::string space;
            while (!builder.full()) {
                auto const item = nb::steal(PyIter_Next((*iterator).ptr()));
                if (!item.is_valid()) {
                    if (PyErr_Occurred()) nb::raise_python_error();
                    more = false;
                    (*iterator).reset();
                    break;
                }
                if (watch.stop_requested()) break; // an iterator may take long for each item
                if (!PyUnicode_Check(item.ptr())) reader.refuse(item.ptr(), index);
                auto const number = index++;
                if (number < start.record) continue;
                builder.add_document(reader.text_of(item.ptr(), number, space), {.record = index});
            }
        } // never the GIL across co_yield
        watch.check();
        if (!builder.empty()) co_yield builder.take();
    }
}

wm::generator<wm::text_block> read_lists(std::shared_ptr<held_object const> from,
                                         std::shared_ptr<held_object const> begun, wm::utf8_policy utf8,
                                         wm::pass_options pass) {
    item_reader const reader{.lists = true, .utf8 = utf8, .counts = pass.counts};
    auto const& start = pass.from;
    auto const& watch = pass.watch;
    held_object iterator;
    {
        nb::gil_scoped_acquire const gil;
        *iterator = iterator_over(from.get(), begun.get());
    }
    std::uint64_t index = 0;
    std::uint64_t number = start.block;
    std::uint64_t sentences = start.state;
    std::vector<std::string_view> words;
    std::string rest;          // of a long sentence, which is cut between words
    std::uint64_t cut_off = 0; // bytes of it that were delivered
    for (bool more = true; more || !rest.empty();) {
        watch.check();
        wm::text_block block;
        block.index = number;
        block.first_sentence = sentences;
        block.start = {.byte = cut_off, .record = std::max(index, start.record), .block = number, .state = sentences};
        auto& text = block.text;
        text.reserve(block_bytes + block_bytes / 8);
        std::size_t last = 0; // where the last sentence begins
        if (rest.empty()) {
            nb::gil_scoped_acquire const gil;
            while (text.size() < block_bytes) {
                auto const item = nb::steal(PyIter_Next((*iterator).ptr()));
                if (!item.is_valid()) {
                    if (PyErr_Occurred()) nb::raise_python_error();
                    more = false;
                    (*iterator).reset();
                    break;
                }
                if (watch.stop_requested()) break;
                if (!is_list_of_words(item.ptr())) reader.refuse(item.ptr(), index);
                auto const at = index++;
                if (at < start.record) continue;
                last = text.size();
                reader.append_words(text, item.ptr(), at, words);
                if (at == start.record && start.byte > 0) text.erase(last, start.byte);
                text += '\n';
                ++sentences;
            }
        } else {
            std::swap(text, rest);
            ++sentences;
        }
        watch.check();
        if (text.empty()) break;
        block.next = {.record = index, .block = ++number, .state = sentences};
        cut_off = 0;
        if (auto const end = text.find('\xFF', longest_sentence); end != std::string::npos && end + 2 < text.size()) {
            rest = text.substr(end + 1);
            text.resize(end + 1);
            block.continued = true;
            cut_off = text.size() - last + (last == 0 ? block.start.byte : 0);
            block.next.byte = cut_off;
            block.next.record = index - 1;
            block.next.state = --sentences;
        }
        co_yield std::move(block);
    }
}

/// An iterable that can be iterated again.
class iterable_source final : public wm::text_source {
public:
    iterable_source(nb::object of, std::string name, wm::utf8_policy utf8, item_reading read)
        : of_(std::make_shared<held_object>(std::move(of))), name_(std::move(name)), utf8_(utf8), read_(read) {}

    [[clang::coro_wrapper]] wm::generator<wm::text_block> blocks(wm::pass_options const& pass) const override {
        return read_(of_, {}, utf8_, pass);
    }
    std::string name() const override { return name_; }
    wm::note_map description() const override {
        nb::gil_scoped_acquire const gil;
        auto const size = PyObject_Size((**of_).ptr());
        if (size < 0) PyErr_Clear();
        return {{"input text",
                 size < 0 ? std::string("an iterable") : wm::format_count(static_cast<std::uint64_t>(size)) + " items"},
                {"utf8", std::string(wm::name_in(wm::utf8_policy_names, utf8_))}};
    }

private:
    std::shared_ptr<held_object const> of_;
    std::string name_;
    wm::utf8_policy utf8_;
    item_reading read_;
};

wm::arrow_stream open_arrow(nb::handle source) {
    auto const taken = [](nb::handle capsule, char const* name) {
        auto* const pointer = PyCapsule_GetPointer(capsule.ptr(), name);
        if (!pointer) nb::raise_python_error();
        return pointer;
    };
    if (nb::hasattr(source, "__arrow_c_stream__")) {
        nb::object const capsule = source.attr("__arrow_c_stream__")();
        return wm::arrow_stream(taken(capsule, "arrow_array_stream"));
    }
    nb::object const pair = source.attr("__arrow_c_array__")();
    return wm::arrow_stream(taken(pair[0], "arrow_schema"), taken(pair[1], "arrow_array"));
}

/// A table, column or array that hands out its data as often as it is asked.
class arrow_source final : public wm::text_source {
public:
    arrow_source(nb::object of, wm::arrow_options how)
        : of_(std::make_shared<held_object>(std::move(of))), how_(std::move(how)) {}

    [[clang::coro_wrapper]] wm::generator<wm::text_block> blocks(wm::pass_options const& pass) const override {
        auto how = how_;
        how.from = pass.from;
        how.watch = pass.watch;
        how.counts = pass.counts;
        return wm::read_arrow(open(), std::move(how));
    }
    std::string name() const override { return how_.name; }
    wm::note_map description() const override {
        nb::gil_scoped_acquire const gil;
        auto const size = PyObject_Size((**of_).ptr());
        if (size < 0) PyErr_Clear();
        return {{"input text",
                 size < 0 ? std::string("Arrow data") : wm::format_count(static_cast<std::uint64_t>(size)) + " rows"},
                {"field", how_.column},
                {"utf8", std::string(wm::name_in(wm::utf8_policy_names, how_.utf8))}};
    }

private:
    wm::arrow_stream open() const {
        nb::gil_scoped_acquire const gil;
        return open_arrow(**of_);
    }
    std::shared_ptr<held_object const> of_;
    wm::arrow_options how_;
};

wm::tokenizer_maker tokenizer_of(source_options const& how) {
    auto const name = how.tokenizer.value_or("whitespace");
    (void)wm::tokenizer_named(name); // refuses unknown names now
    return [name](wm::tally const& counts) {
        wm::token_limit const limit{.counts = counts};
        return wm::tokenizer_named(name, {.limit = limit});
    };
}

wm::corpus_format format_of(std::string const& name) {
    using wm::corpus_format;
    static constexpr wm::named_value<corpus_format> formats[] = {
        {"auto", corpus_format::automatic},      {"lines", corpus_format::lines}, {"jsonl", corpus_format::jsonl},
        {"wikipedia", corpus_format::wikipedia}, {"ptb", corpus_format::ptb},     {"parquet", corpus_format::parquet}};
    return wm::choose("format", name, formats);
}

}

bool is_path(nb::handle h) { return PyUnicode_Check(h.ptr()) || nb::hasattr(h, "__fspath__"); }

namespace {
python_corpus read_files(std::vector<std::string> const& names, bool from_string, source_options const& how) {
    wm::corpus_options options;
    options.format = format_of(how.format);
    options.field = how.column.value_or(how.field);
    options.utf8 = policy_of(how.utf8);
    options.on_bad = wm::choose("on_bad", how.on_bad, wm::bad_data_policy_names);
    auto split = tokenizer_of(how);
    auto name = names.size() == 1 ? names.front() : std::to_string(names.size()) + " files";
    try {
        nb::gil_scoped_release const unlocked;
        return {wm::any_corpus(wm::find_inputs(names), options, std::move(split)), std::move(name), how.tokenizer};
    } catch (wm::error const& e) {
        if (e.kind() != wm::failure::no_input || !from_string) throw;
        auto where = e.where();
        if (where.file.size() > 80) where.file = where.file.substr(0, 77) + "...";
        auto message = e.message();
        if (message.size() > 300) message = message.substr(0, 297) + "...";
        throw wm::error(e.kind(), message, where, "a string is a path; for text give a list of strings: [text]");
    }
}

/// Keeps what can be read only once in a temporary file. `blocks` must look at `watch`.
std::shared_ptr<wm::text_source const> spool(wm::generator<wm::text_block> blocks, wm::monitor const& watch,
                                             std::string const& name) {
    log_message("info", name + " can be read only once: its text is kept in a temporary file");
    std::shared_ptr<wm::text_source const> kept;
    run_watched({.watch = watch}, [&] { kept = std::make_shared<wm::spooled_text>(std::move(blocks), name); });
    return kept;
}

/// Whether objects of a type of this package are meant, without importing it.
bool is_of_package(nb::handle object, std::string_view package) {
    nb::object const module_ = nb::getattr(object.type(), "__module__", nb::none());
    if (!PyUnicode_Check(module_.ptr())) return false;
    auto const name = nb::cast<std::string>(module_);
    return name == package || name.starts_with(std::string(package) + ".");
}

std::optional<python_corpus> read_arrow_data(nb::object source, source_options const& how) {
    if (!nb::hasattr(source, "__arrow_c_stream__") && !nb::hasattr(source, "__arrow_c_array__")) return std::nullopt;
    bool const frame_library_may_lack_arrow = is_of_package(source, "pandas");
    if (is_of_package(source, "pyarrow") && nb::hasattr(source, "validate")) source.attr("validate")();
    wm::arrow_options options{.column = how.column.value_or(""), .name = kind_of(source), .utf8 = policy_of(how.utf8)};
    std::optional<wm::arrow_stream> stream;
    try {
        stream.emplace(open_arrow(source));
    } catch (nb::python_error&) { // pandas needs PyArrow for it, and columns of one type
        if (!frame_library_may_lack_arrow) throw;
        return std::nullopt;
    }
    {
        nb::gil_scoped_release const unlocked;
        wm::check_arrow(*stream, options);
    }
    auto name = options.name;
    auto split = tokenizer_of(how);
    if (!nb::hasattr(source, "__next__")) {
        stream.reset();
        return python_corpus{
            wm::any_corpus(std::make_shared<arrow_source>(std::move(source), options), std::move(split)), name,
            how.tokenizer};
    }
    return python_corpus{
        wm::any_corpus(spool(wm::read_arrow(std::move(*stream), options), options.watch, name), std::move(split)), name,
        how.tokenizer};
}

python_corpus read_iterable(nb::object source, source_options const& how) {
    auto name = kind_of(source);
    auto begun = begin_items(source, "a path, an iterable of str or of lists of str, or Arrow data");
    bool const lists = !PyUnicode_Check(begun.first.ptr());
    if (lists && !is_list_of_words(begun.first.ptr()))
        throw nb::type_error(("item 0: expected str or an iterable of str, found " + kind_of(begun.first)).c_str());
    if (lists && how.tokenizer)
        throw wm::error(wm::failure::usage,
                        "tokenizer: expected none for lists of words, found '" + *how.tokenizer + "'");
    auto split = lists
                     ? wm::tokenizer_maker([](wm::tally const& counts) { return wm::listed_words({.counts = counts}); })
                     : tokenizer_of(how);
    return {wm::any_corpus(source_of_items(std::move(source), std::move(begun), policy_of(how.utf8),
                                           lists ? read_lists : read_texts, how.remembered_bytes),
                           std::move(split)),
            std::move(name), how.tokenizer, lists};
}
}

begun_items begin_items(nb::object const& source, std::string const& expected) {
    auto iterator = nb::steal(PyObject_GetIter(source.ptr()));
    if (!iterator.is_valid()) {
        PyErr_Clear();
        throw nb::type_error(("expected " + expected + "; found " + kind_of(source)).c_str());
    }
    auto first = nb::steal(PyIter_Next(iterator.ptr()));
    if (first.is_valid()) return {std::move(iterator), std::move(first)};
    if (PyErr_Occurred()) nb::raise_python_error();
    throw wm::error(wm::failure::bad_data, "the corpus is empty: " + kind_of(source) + " has no items");
}

std::shared_ptr<wm::text_source const> source_of_items(nb::object source, begun_items begun, wm::utf8_policy utf8,
                                                       item_reading read, std::uint64_t remembered_bytes) {
    auto const name = kind_of(source);
    if (!begun.iterator.is(source)) {
        begun.iterator.reset(); // ends a generator function that was begun for the first item
        return std::make_shared<wm::remembered_text>(
            std::make_shared<iterable_source>(std::move(source), name, utf8, read), remembered_bytes);
    }
    auto const whole =
        nb::module_::import_("itertools").attr("chain")(nb::make_tuple(begun.first), std::move(begun.iterator));
    wm::pass_options const pass;
    return spool(read({}, std::make_shared<held_object>(whole), utf8, pass), pass.watch, name);
}

python_corpus corpus_of(nb::handle given, source_options const& how) {
    if (nb::isinstance<python_corpus>(given)) {
        if (how.tokenizer || how.column)
            throw wm::error(wm::failure::usage, "a Corpus has its own tokenizer and column", {}, "give them to Corpus");
        return nb::cast<python_corpus const&>(given);
    }
    nb::object source = nb::borrow(given);
    if (PyBytes_Check(source.ptr()) || PyByteArray_Check(source.ptr()) || PyDict_Check(source.ptr()))
        throw nb::type_error(
            ("expected a path, an iterable of str or of lists of str, or Arrow data; found " + kind_of(source))
                .c_str());
    if (is_path(source)) return read_files({path_text(source)}, PyUnicode_Check(source.ptr()), how);
    if ((PyList_Check(source.ptr()) || PyTuple_Check(source.ptr())) && nb::len(source) > 0
        && nb::hasattr(source[0], "__fspath__")) {
        std::vector<std::string> names;
        for (nb::handle each : source) {
            if (!nb::hasattr(each, "__fspath__"))
                throw nb::type_error(("item " + std::to_string(names.size())
                                      + ": expected a path, as the items before it, found " + kind_of(each))
                                         .c_str());
            names.push_back(path_text(each));
        }
        return read_files(names, false, how);
    }
    if (is_of_package(source, "datasets"))
        source = nb::module_::import_("wordmill._sources").attr("arrow_of_dataset")(source);
    if (auto arrow = read_arrow_data(source, how)) return std::move(*arrow);
    if (how.column && nb::hasattr(source, "columns"))
        source = source[how.column->c_str()]; // a pandas frame without PyArrow
    return read_iterable(std::move(source), how);
}

namespace {
/// Text of an artificial language.
class synthetic_source final : public wm::text_source {
public:
    synthetic_source(wm::synthetic_language language, std::uint64_t tokens)
        : language_(std::move(language)), tokens_(tokens) {}

    [[clang::coro_wrapper]] wm::generator<wm::text_block> blocks(wm::pass_options const& pass) const override {
        return watched(wm::synthetic_text(language_, {.tokens = tokens_, .from = pass.from}), pass.watch);
    }
    std::string name() const override { return wm::format_count(tokens_) + " tokens of an artificial language"; }
    wm::note_map description() const override {
        auto const& how = language_.options();
        return {{"input text", name()},
                {"seed of the language", std::to_string(how.seed)},
                {"types", std::to_string(how.types)}};
    }

private:
    static wm::generator<wm::text_block> watched(wm::generator<wm::text_block> blocks, wm::monitor watch) {
        for (auto&& block : blocks) {
            watch.check();
            co_yield std::move(block);
        }
    }
    wm::synthetic_language language_;
    std::uint64_t tokens_;
};

python_corpus synthetic_corpus(std::uint64_t tokens, std::uint64_t seed, std::uint64_t types, nb::handle truth) {
    wm::synthetic_language const language({.seed = seed, .types = types});
    if (!truth.is_none()) {
        auto const folder = path_text(truth);
        nb::gil_scoped_release const unlocked;
        wm::write_truth(language, folder, {.tokens = tokens}, true);
    }
    auto source = std::make_shared<synthetic_source>(language, tokens);
    auto name = source->name();
    return {wm::any_corpus(std::move(source), tokenizer_of({})), std::move(name)};
}

std::string feed(python_corpus const& c) {
    run_progress progress;
    std::uint64_t bytes = 0, sentences = 0, blocks = 0;
    run_watched(progress, [&] {
        for (auto&& block : c.corpus.text({.watch = progress.watch})) {
            bytes += block.text.size();
            sentences += wm::count_newlines(block.text);
            ++blocks;
        }
    });
    return std::to_string(sentences) + " sentences, " + std::to_string(bytes) + " bytes, " + std::to_string(blocks)
           + " blocks";
}
}

void bind_sources(nb::module_& m) {
    nb::class_<python_corpus>(m, "Corpus", R"(Text to count and to train on, and how it is read.

Training functions take a corpus or anything that it can be made of.

Parameters
----------
source
    - ``str`` or ``os.PathLike``: a file, a folder or a glob pattern. Codec (gzip, zstd, xz, bzip2) and format (lines,
      JSON lines, Wikipedia dumps, Parquet, encoded ids) are detected from content. A list of ``pathlib.Path`` for
      several.
    - an iterable of ``str``: documents whose lines are sentences; they are tokenized.
    - an iterable of iterables of ``str``: sentences that are tokenized already. A token may hold blanks.
    - Arrow data (``__arrow_c_stream__``, ``__arrow_c_array__``): columns and frames of Polars, pandas, PyArrow, DuckDB,
      without a Python object per row; rows are documents. Also Hugging Face datasets.

    The corpus is read several times: once to count words, once for each epoch. What can be iterated only once, such as
    a generator, is kept in a temporary file. Other iterables must give the same items each time; up to 64 MiB of their
    text are kept in memory (an eighth of `memory` where that is less), and then they are iterated once.
tokenizer : str, optional
    ``"whitespace"`` (the default), ``"unicode"``, ``"characters"``, ``"graphemes"``, ``"book"``, or
    ``"sentencepiece:MODEL"``. Not for lists of tokens.
column : str, optional
    The column of the text in a table with several, and the field of JSON lines and Parquet files.
format : str
    The format of files: ``"auto"``, ``"lines"``, ``"jsonl"``, ``"wikipedia"``, ``"ptb"`` or ``"parquet"``.
utf8 : str
    What is done about bytes that are not UTF-8, and about lone surrogates in ``str``: ``"strict"`` (an error) or
    ``"replace"`` (U+FFFD).
on_bad : str
    What is done about malformed records in files: ``"strict"`` (an error) or ``"skip"``.
)")
        .def(
            "__init__",
            [](python_corpus* self, nb::object source, std::optional<std::string> tokenizer,
               std::optional<std::string> column, std::string format, std::string utf8, std::string on_bad) {
                new (self) python_corpus(corpus_of(source, {.tokenizer = std::move(tokenizer),
                                                            .column = std::move(column),
                                                            .format = std::move(format),
                                                            .utf8 = std::move(utf8),
                                                            .on_bad = std::move(on_bad)}));
            },
            nb::arg("source").none(), nb::kw_only(), nb::arg("tokenizer") = nb::none(), nb::arg("column") = nb::none(),
            nb::arg("format") = "auto", nb::arg("utf8") = "strict", nb::arg("on_bad") = "strict")
        .def("_read", &feed, "Reads the text once and describes it; for tests and measurements.")
        .def("__repr__", [](python_corpus const& c) { return "Corpus(" + c.name + ")"; });
    m.def("synthetic_corpus", &synthetic_corpus, nb::arg("tokens") = 20'000'000, nb::kw_only(), nb::arg("seed") = 1,
          nb::arg("types") = 50'000, nb::arg("truth") = nb::none(),
          R"(Text of an artificial language with known relations between words, to try things on.

The text is generated while it is read.

Parameters
----------
tokens : int
    The size of the text.
seed : int
    Another seed is another language.
types : int
    Words of the language; their frequencies follow Zipf's law.
truth : path, optional
    A folder for evaluation sets: ``analogies.txt`` and ``similarity.tsv``, with what was planted in the language.

Returns
-------
Corpus

Examples
--------
>>> corpus = wm.synthetic_corpus(tokens=10_000)
>>> wm.Vocabulary.count(corpus, min_count=1).tokens
10000)");
    m.def("tokenizer_names", &wm::tokenizer_names, "The names that the argument ``tokenizer`` takes.");
}
