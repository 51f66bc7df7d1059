export module wordmill.plot:word_map;
import wordmill.core;
import wordmill.standard;
import wordmill.vectors;

namespace wordmill {
export struct map_options {
    std::size_t words = 2000;    ///< the number of words from the first on; files are usually sorted by frequency
    std::size_t neighbours = 10; ///< of each word, by cosine in all dimensions, among the words above
    std::vector<std::string> highlight{}; ///< labelled at first; on the map even if they are not among those words
    unsigned threads = 1;                 ///< 0 = as many as the machine allows; the map does not depend on it
};

export struct map_neighbour {
    std::size_t index = 0; ///< in `word_map::words`
    double cosine = 0;
};

export struct map_word {
    std::string word{};
    std::uint64_t count = 0;              ///< 0 = not known
    std::array<double, 3> at{};           ///< by the first three principal components
    std::vector<map_neighbour> nearest{}; ///< nearest first
};

/// Words in the plane of their first principal components, with a third one for a colour.
export struct word_map {
    std::vector<map_word> words{};
    std::size_t fitted = 0;                 ///< the number of words, from the first on, that gave the components
    std::array<double, 3> shares{};         ///< of the variance of those
    std::vector<std::size_t> highlighted{}; ///< indices
    std::size_t dimension = 0;
    std::size_t vocabulary = 0; ///< number of words of the vectors
};

/// Scales vectors to length 1, so that distances on the map follow the cosine. `failure::bad_data` for vectors without
/// words and for an unknown highlighted word.
export [[nodiscard]] word_map map_words(word_vectors const& vectors, map_options const& options = {});
}
