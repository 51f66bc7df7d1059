module wordmill.recipes:too_little;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// What happened to the tokens of a corpus in which no word has a neighbour.
struct unpaired_tokens {
    std::uint64_t known = 0;      ///< of the vocabulary, before subsampling
    std::uint64_t subsampled = 0; ///< dropped by it
    double threshold = 0;         ///< of subsampling
    bool cross_sentences = false;
};
/// The `failure::bad_data` of a corpus that leaves `what` nothing to learn from: why, and the option to change.
[[nodiscard]] error nothing_to_pair(std::string const& what, unpaired_tokens const& tokens);
}
