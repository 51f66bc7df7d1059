export module wordmill.eval:thesaurus_agreement;
import wordmill.standard;
import wordmill.thesaurus;
import wordmill.vectors;

namespace wordmill {
export struct thesaurus_eval_options {
    std::size_t words = 2000;   ///< nouns to compare, at most
    std::size_t pairs = 10'000; ///< pairs of them to draw
    std::uint64_t seed = 1;     ///< of the pairs
    std::size_t max_words = 0;  ///< look for nouns in the first words of the vectors only; 0 = in all
};

export struct thesaurus_score {
    std::optional<double> spearman{}; ///< of cosines and path similarities over the pairs
    std::size_t words = 0;            ///< nouns compared
    std::size_t other_words = 0;      ///< words before the last of them that were left out since they are no nouns
    std::size_t zero = 0;             ///< nouns left out since their vector is zero
    std::size_t pairs = 0;            ///< pairs drawn that have a similarity; none when there are fewer than 2 nouns
};

/// Compares cosines with the path similarities of a thesaurus, over frequent nouns.
///
/// The nouns are the first `options.words` of the vectors, whose words are usually sorted by frequency. A word counts
/// as a noun when it is a lemma, spelled as in the index, of which more noun senses occur in WordNet's tagged texts
/// than senses of any other part of speech: "car" and "time" do, "well" and "he" do not. It stands for its first noun
/// sense. Each of `options.pairs` pairs has two different nouns, drawn uniformly; pair number i depends on the seed, i
/// and the number of nouns only. A pair may be drawn again.
export [[nodiscard]] thesaurus_score evaluate_thesaurus(word_vectors const& vectors, wordnet const& thesaurus,
                                                        thesaurus_eval_options const& options = {});
export [[nodiscard]] thesaurus_score evaluate_thesaurus(sparse_vectors const& vectors, wordnet const& thesaurus,
                                                        thesaurus_eval_options const& options = {});
}
