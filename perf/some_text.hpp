// The text that perf programs measure. The including file imports wordmill.corpora and wordmill.io first.
#pragma once
#include <algorithm>
#include <cstddef>
#include <string>

namespace perf {
/// The first bytes of a file, or of the artificial language when there is none.
inline std::string some_text(std::string const& file, std::size_t bytes) {
    std::string text;
    if (!file.empty()) {
        for (auto const& block : wordmill::read_bytes({.name = file}))
            if (text.append(block.bytes).size() >= bytes) break;
    } else {
        wordmill::synthetic_language const language(wordmill::language_options{});
        for (auto const& block : synthetic_text(language, {.tokens = bytes}))
            if (text.append(block.text).size() >= bytes) break;
    }
    text.resize(std::min(text.size(), bytes));
    return text;
}
}
