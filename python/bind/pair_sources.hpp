#pragma once
// The including file includes binding.hpp and imports wordmill.core, corpora, io, recipes, stream and text first.

/// How pairs in files are read, and what is done about text that is not UTF-8.
struct pair_reading {
    std::string layout = "auto";
    std::optional<std::string> separator{};
    std::string source_field = "source";
    std::string target_field = "target";
    std::string utf8 = "strict";
    std::string on_bad = "strict";
};

/// The pairs behind any object that `train_seq2seq` takes. Called with the GIL.
[[nodiscard]] wordmill::pair_corpus pairs_of(nb::handle pairs, pair_reading const& how, wordmill::sequence_text source,
                                             wordmill::sequence_text target);
