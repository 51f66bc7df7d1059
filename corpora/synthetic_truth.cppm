export module wordmill.corpora:synthetic_truth;
import wordmill.core;
import :synthetic_language;
import wordmill.standard;

namespace wordmill {
export struct truth_options {
    std::uint64_t tokens = 20'000'000;       ///< tokens of the text that vectors will be trained on
    double min_count = 50;                   ///< only words with at least this expected count
    std::size_t similarity_pairs = 1000;     ///< at most
    std::size_t questions_per_section = 100; ///< at most
};

export struct similarity_pair {
    std::string first, second;
    double score = 0; ///< 0 (nothing in common) to 10
};
export struct analogy_section {
    std::string name;
    std::vector<std::array<std::string, 4>> questions; ///< the first word is to the second as the third is to the
                                                       ///< fourth
};
export struct word_group {
    std::string word;
    std::uint32_t topic = 0; ///< words of a topic are similar; field = topic / 8
    std::uint64_t rank = 0;
};

/// The similarity of two inflected words: 5 points for the same topic (2 if only the field is the same), 2 for the same
/// role, 3 for the same form of the same kind of word. The points rank pairs by the share of contexts that both words
/// have.
export [[nodiscard]] double similarity(word_meaning const& a, word_meaning const& b) noexcept;

/// Pairs of different inflected words, in equal parts with the same (topic, role), the same (topic, form), the same
/// topic, the same field, and nothing required in common. The set depends only on the language and the options and has
/// no duplicates. It is empty when no word is frequent enough.
export [[nodiscard]] std::vector<similarity_pair> similarity_truth(synthetic_language const& language,
                                                                   truth_options const& options = {});
/// Twelve sections: three for each kind of word, such as gender, capital, past-tense, comparative.
export [[nodiscard]] std::vector<analogy_section> analogy_truth(synthetic_language const& language,
                                                                truth_options const& options = {});
/// The words that belong to a topic, by topic, then rank.
export [[nodiscard]] std::vector<word_group> group_truth(synthetic_language const& language,
                                                         truth_options const& options = {});

/// Writes the three sets to `folder`, which is created if it does not exist:
///   similarity.tsv  word TAB word TAB score, as WordSim-353
///   analogies.txt   ": section", then four words per line, as in the questions of word2vec
///   groups.tsv      word TAB topic TAB field
/// A file that already exists is a `failure::cannot_create` unless `overwrite` is set.
export void write_truth(synthetic_language const& language, std::string const& folder,
                        truth_options const& options = {}, bool overwrite = false);
}
