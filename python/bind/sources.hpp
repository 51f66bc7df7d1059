#pragma once
// The including file includes binding.hpp and imports wordmill.pipeline first.

/// How a corpus is read; each option concerns some kinds of sources.
struct source_options {
    std::optional<std::string> tokenizer{};
    std::optional<std::string> column{};
    std::string field = "text";
    std::string format = "auto";
    std::string utf8 = "strict";
    std::string on_bad = "strict";
};

/// What `Corpus` is in Python.
struct python_corpus {
    wordmill::any_corpus corpus;
    std::string name;
    std::optional<std::string> tokenizer{}; ///< as it was given
    bool listed = false;                    ///< sentences are lists of words
};

/// The corpus behind any object that a training function takes; see the docstring of `Corpus`. Called with the GIL.
[[nodiscard]] python_corpus corpus_of(nb::handle source, source_options const& how);
