module wordmill.eval:ngrams;
import wordmill.standard;

namespace wordmill::detail {
/// Counts the n-grams of several sequences, one order after another. Equal n-grams have equal numbers.
class ngram_counter {
public:
    /// Tokens are equal when their values are.
    explicit ngram_counter(std::vector<std::vector<std::uint32_t>> sequences);

    /// Counts the n-grams that are one token longer than the previous ones; the first call counts single tokens.
    void count_next_order();
    /// How often each n-gram occurs in a sequence, by its number.
    [[nodiscard]] std::vector<std::uint32_t> const& counts(std::size_t sequence) const { return counts_[sequence]; }
    /// The number of n-grams in a sequence, repetitions included.
    [[nodiscard]] std::uint64_t total(std::size_t sequence) const;

private:
    std::size_t order_ = 0;
    std::vector<std::vector<std::uint32_t>> sequences_;
    std::vector<std::vector<std::uint32_t>> numbers_; ///< of the n-grams, by the position of their first token
    std::vector<std::vector<std::uint32_t>> counts_;
};
}
