module wordmill.recipes:language_vocabulary;
import :corpus;
import wordmill.core;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;

namespace wordmill::detail {
/// The vocabulary of a language model: that of `make_vocabulary`, and where `min_count` or `max_size` leave words out
/// of a text without an unknown word, "<unk>" stands for them and has the sum of their counts.
[[nodiscard]] vocabulary make_language_vocabulary(any_corpus const& corpus, vocabulary_recipe const& recipe,
                                                  pass_options const& pass, std::uint64_t memory_bytes);
/// `words`, and "<unk>" after them if they have no unknown word.
[[nodiscard]] vocabulary with_unknown(vocabulary const& words);

/// How a vocabulary covers a text that was encoded with it.
struct coverage {
    std::uint64_t mapped = 0;            ///< tokens that became the unknown word
    std::optional<std::uint64_t> left{}; ///< tokens left out; nothing when only the encoder of the ids knew
};
/// Reads it from the counts of a pass over `corpus`.
[[nodiscard]] coverage coverage_of(any_corpus const& corpus, vocabulary const& words, tally const& counts);
/// For people, such as "12 of 80 tokens are not in the vocabulary and are left out"; empty when all tokens are known.
[[nodiscard]] std::string in_words(coverage const& found, std::uint64_t tokens);
}
