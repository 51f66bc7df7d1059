// Pairs of a short word and the same word read from its end; the including file imports wordmill first.
#pragma once
#include "../io/scratch_folder.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

struct reversal_corpus {
    scratch_folder folder;
    std::string path;
    std::vector<std::string> sources{};

    /// Words of one to four letters from "abcde", each followed by '_' and its reversal.
    explicit reversal_corpus(std::size_t pairs = 300, std::uint64_t seed = 3) : path(folder / "pairs.txt") {
        auto random = wordmill::random_key(seed).engine();
        std::string text;
        for (std::size_t i = 0; i < pairs; ++i) {
            std::string word;
            for (std::size_t k = 0; k < 1 + i % 4; ++k)
                word += static_cast<char>('a' + static_cast<int>(random.uniform() * 5));
            sources.push_back(word);
            text += word + "_" + reversed(word) + "\n";
        }
        put_file(path, text);
    }
    static std::string reversed(std::string word) {
        std::ranges::reverse(word);
        return word;
    }
};
