export module wordmill.plot:word_map;
import wordmill.core;
import wordmill.standard;
import wordmill.vectors;

namespace wordmill {
export struct map_options {
    std::size_t words = 2000;             ///< the first so many, which are the most frequent in files of the field
    std::size_t neighbours = 10;          ///< of each word, by cosine in all dimensions, among the words above
    std::vector<std::string> highlight{}; ///< shown from the start; on the map also when they are not among those words
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
    std::size_t fitted = 0;                 ///< the first so many words gave the components
    std::array<double, 3> shares{};         ///< of the variance of those
    std::vector<std::size_t> highlighted{}; ///< indices
    std::size_t dimension = 0;
    std::size_t vocabulary = 0; ///< words that the vectors have
};

/// Vectors are taken at length 1, so that what is near by cosine is near. `failure::bad_data` for vectors without words
/// and for a highlighted word that is not known.
export [[nodiscard]] word_map map_words(word_vectors const& vectors, map_options const& options = {});
}
