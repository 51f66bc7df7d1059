// A corpus file of the generated language; the including file imports wordmill first.
#pragma once
#include "../io/scratch_folder.hpp"
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

struct synthetic_corpus {
    scratch_folder folder;
    std::string path;

    /// Sentences of words drawn by a rule: word n is likely followed by n + 1. Numbers below 60, as text.
    explicit synthetic_corpus(std::size_t sentences = 3000) : path(folder / "corpus.txt") {
        auto random = wordmill::random_key(7).engine();
        std::string text;
        for (std::size_t s = 0; s < sentences; ++s) {
            auto word = static_cast<std::uint32_t>(random.uniform() * 60);
            for (int i = 0; i < 9; ++i) {
                text += "w" + std::to_string(word) + (i < 8 ? " " : "\n");
                word = random.uniform() < 0.8F ? (word + 1) % 60 : static_cast<std::uint32_t>(random.uniform() * 60);
            }
        }
        put_file(path, text);
    }
};

inline std::vector<float> values_of(wordmill::word_vectors const& vectors) {
    auto const rows = vectors.rows();
    return {rows.data, rows.data + rows.rows * rows.columns};
}
