#pragma once
// The including file includes binding.hpp and imports wordmill.pipeline first.

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
