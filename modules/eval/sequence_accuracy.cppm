export module wordmill.eval:sequence_accuracy;
import :error_rate;
import wordmill.standard;

namespace wordmill {
/// Exact match and token accuracy of predicted sequences. Memory does not grow with their number.
///
/// Token accuracy compares position by position, without alignment. Each position of the longer of the two sequences
/// counts, and is correct where both have the same token: an extra or missing token at the end is one error, and one in
/// the middle also moves all tokens after it. Of several references the one with the highest share counts, the first of
/// equal ones.
export class sequence_accuracy {
public:
    /// Texts match when they have the same bytes; their tokens are the parts between white space.
    void add(std::string_view hypothesis, std::string_view reference);
    /// With one reference or more.
    void add(std::string_view hypothesis, std::span<std::string const> references);
    void add(token_list const& hypothesis, std::span<token_list const> references);

    /// The share of sequences that equal a reference; nothing before the first sequence.
    [[nodiscard]] std::optional<double> exact_match() const noexcept;
    /// Nothing while all sequences are empty.
    [[nodiscard]] std::optional<double> token_accuracy() const noexcept;
    [[nodiscard]] std::uint64_t sequences() const noexcept { return sequences_; }
    [[nodiscard]] std::uint64_t matches() const noexcept { return matches_; }
    [[nodiscard]] std::uint64_t tokens() const noexcept { return tokens_; }
    [[nodiscard]] std::uint64_t correct_tokens() const noexcept { return correct_; }

private:
    std::uint64_t sequences_ = 0;
    std::uint64_t matches_ = 0;
    std::uint64_t tokens_ = 0;
    std::uint64_t correct_ = 0;
};
}
