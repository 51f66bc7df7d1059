// Reading word blocks back in tests. Include after the imports.
#pragma once
#include <cstddef>

inline wordmill::text_block block_of(std::string text) {
    wordmill::text_block block;
    block.text = std::move(text);
    return block;
}

inline std::vector<std::string> words_of(wordmill::word_block const& block) {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < block.words.size(); ++i) list.emplace_back(block.word(i));
    return list;
}

/// The words, with "\n" at each sentence end.
inline std::vector<std::string> words_and_ends(wordmill::word_block const& block) {
    std::vector<std::string> list;
    std::size_t sentence = 0;
    for (std::size_t i = 0; i <= block.words.size(); ++i) {
        for (; sentence < block.sentence_ends.size() && block.sentence_ends[sentence] == i; ++sentence)
            list.emplace_back("\n");
        if (i < block.words.size()) list.emplace_back(block.word(i));
    }
    return list;
}
