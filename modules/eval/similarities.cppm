export module wordmill.eval:similarities;
import wordmill.core;
import wordmill.standard;
import wordmill.vectors;

namespace wordmill {
/// Two words and their similarity according to people or a known truth.
export struct scored_pair {
    std::string first{}, second{};
    double score = 0;
};

export struct similarity_set {
    std::vector<scored_pair> pairs{};
};

/// Reads WordSim-353, SimLex-999, MEN, RareWords, RG-65 or the `similarity.tsv` of the artificial language, from a
/// file of any codec. A line is: word, word, further fields of which the first number is the score. Fields are
/// separated by tabs, else commas or semicolons, else blanks, as in the first line. A first line without a number is a
/// heading; empty lines and lines that start with # are skipped. `failure::bad_data` with the line when a word or
/// the score is missing or not finite, and for a set without pairs.
export [[nodiscard]] similarity_set load_similarity_set(std::string const& path);

export struct similarity_eval_options {
    bool lower_case = false; ///< look up an unknown word in lower case (`lower_case_forms`)
};

export struct similarity_score {
    std::optional<double> spearman{}; ///< of cosines and scores over the covered pairs
    std::optional<double> pearson{};
    std::size_t pairs = 0;
    std::size_t covered = 0;            ///< pairs with two known words that have a similarity
    std::size_t zero = 0;               ///< pairs left out since a vector is zero
    std::vector<std::string> unknown{}; ///< unknown words of the set, sorted

    /// The share of the pairs that could not be scored.
    [[nodiscard]] inline double uncovered_share() const noexcept {
        return pairs == 0 ? 0 : 1 - static_cast<double>(covered) / static_cast<double>(pairs);
    }
};

/// Compares cosines with the scores of a set.
export [[nodiscard]] similarity_score evaluate_similarity(word_vectors const& vectors, similarity_set const& set,
                                                          similarity_eval_options const& options = {});
export [[nodiscard]] similarity_score evaluate_similarity(sparse_vectors const& vectors, similarity_set const& set,
                                                          similarity_eval_options const& options = {});
}
