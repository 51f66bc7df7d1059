#pragma once
// The including file imports wordmill.thesaurus first.
#include "small_wordnet.hpp"

/// The database of these files; `small_wordnet()` or a changed copy.
inline wordmill::wordnet opened(std::map<std::string, std::string> const& files) {
    wordmill::wordnet_files all{.folder = "small"};
    constexpr std::array<char const*, 4> suffixes{"noun", "verb", "adj", "adv"};
    for (std::size_t i = 0; i < 4; ++i) {
        std::string const suffix = suffixes[i];
        all.data[i] = files.at("data." + suffix);
        all.index[i] = files.at("index." + suffix);
        all.exceptions[i] = files.at(suffix + ".exc");
    }
    return wordmill::wordnet(all);
}

inline wordmill::wordnet const& small() {
    static wordmill::wordnet const words = opened(small_wordnet());
    return words;
}

inline std::vector<std::string> names(wordmill::wordnet const& words, std::vector<wordmill::synset_id> const& ids) {
    std::vector<std::string> all;
    for (auto const id : ids) all.push_back(words.name(id));
    return all;
}
