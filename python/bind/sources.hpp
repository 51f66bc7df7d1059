#pragma once
// The including file includes binding.hpp and imports wordmill.core, corpora, pipeline, stream and text first.

constexpr std::uint64_t most_remembered = 64 << 20;

/// How a corpus is read; each option concerns some kinds of sources.
struct source_options {
    std::optional<std::string> tokenizer{};
    std::optional<std::string> column{};
    std::string field = "text";
    std::string format = "auto";
    std::string utf8 = "strict";
    std::string on_bad = "strict";
    std::uint64_t remembered_bytes = most_remembered; ///< of text of an iterable that stay in memory
};

/// What `Corpus` is in Python.
struct python_corpus {
    wordmill::any_corpus corpus;
    std::string name;
    std::optional<std::string> tokenizer{}; ///< as it was given
    bool listed = false;                    ///< sentences are lists of words
    bool has_phrases = false;               ///< joined to words
};

/// The corpus behind any object that a training function takes; see the docstring of `Corpus`. Called with the GIL.
[[nodiscard]] python_corpus corpus_of(nb::handle source, source_options const& how);

/// The name of an object's type.
[[nodiscard]] std::string kind_of(nb::handle h);
/// Whether an object is a str or a path.
[[nodiscard]] bool is_path(nb::handle h);
/// The text of a `str`, which is item `index` of an iterable. Where it has lone surrogates, `space` gets U+FFFD for
/// each, or they are an error.
[[nodiscard]] std::string_view text_of(PyObject* s, std::uint64_t index, wordmill::utf8_policy utf8, std::string& space,
                                       wordmill::tally const& counts);

/// An iterator that has delivered its first item.
struct begun_items {
    nb::object iterator;
    nb::object first;
};
/// TypeError that says what was `expected` when an object cannot be iterated; `failure::bad_data` when it has no items.
[[nodiscard]] begun_items begin_items(nb::object const& source, std::string const& expected);
/// A coroutine that reads the items of the iterator `begun`, or if it is null of a new one over `of`, as blocks of
/// text.
using item_reading = wordmill::generator<wordmill::text_block> (*)(std::shared_ptr<held_object const> of,
                                                                   std::shared_ptr<held_object const> begun,
                                                                   wordmill::utf8_policy utf8,
                                                                   wordmill::pass_options pass);
/// Such an iterator: `begun`, or if it is null a new one. Called with the GIL.
[[nodiscard]] nb::object iterator_over(held_object const* of, held_object const* begun);
/// The items of an iterable as text, of which up to `remembered_bytes` stay in memory. What can be iterated only once
/// is read now, and kept in a temporary file.
[[nodiscard]] std::shared_ptr<wordmill::text_source const>
source_of_items(nb::object source, begun_items begun, wordmill::utf8_policy utf8, item_reading read,
                std::uint64_t remembered_bytes = most_remembered);
