export module wordmill.eval:error_rate;
import wordmill.standard;

namespace wordmill {
/// A sequence that is already split into tokens.
export using token_list = std::vector<std::string>;

/// The edits that turn a reference into a hypothesis.
export struct edit_counts {
    std::uint64_t matches = 0;
    std::uint64_t substitutions = 0;
    std::uint64_t insertions = 0; ///< tokens that only the hypothesis has
    std::uint64_t deletions = 0;  ///< tokens that only the reference has

    /// The Levenshtein distance.
    [[nodiscard]] constexpr std::uint64_t edits() const noexcept { return substitutions + insertions + deletions; }
    [[nodiscard]] constexpr std::uint64_t reference_length() const noexcept {
        return matches + substitutions + deletions;
    }
    [[nodiscard]] bool operator==(edit_counts const&) const = default;
};

/// The fewest edits. Where alignments have equally few, substitutions are preferred. Takes time proportional to the
/// product of the lengths and memory proportional to the hypothesis, after common beginnings and ends are cut off.
export [[nodiscard]] edit_counts count_edits(token_list const& hypothesis, token_list const& reference);

/// The tokens of a text for an error rate: what stands between white space, or the characters that are not white space.
export enum class error_unit : std::uint8_t { word, character };

/// Word error rate; phoneme, token or character error rate, if those are the tokens: the edits of all sequences over
/// the tokens of all references. Of several references, such as alternative pronunciations, the one with the fewest
/// edits counts, the first of equal ones. Memory does not grow with the number of sequences. Bytes that are not UTF-8
/// count as U+FFFD in texts.
export class error_rate {
public:
    explicit error_rate(error_unit unit = error_unit::word) : unit_(unit) {}

    void add(std::string_view hypothesis, std::string_view reference);
    /// With one reference or more.
    void add(std::string_view hypothesis, std::span<std::string const> references);
    void add(token_list const& hypothesis, std::span<token_list const> references);

    /// May exceed 1; nothing while the references have no token.
    [[nodiscard]] std::optional<double> rate() const noexcept;
    /// The share of sequences with an edit: what the literature on grapheme-to-phoneme conversion calls word error
    /// rate. Nothing before the first sequence.
    [[nodiscard]] std::optional<double> sequence_rate() const noexcept;
    [[nodiscard]] edit_counts const& edits() const noexcept { return edits_; }
    [[nodiscard]] std::uint64_t sequences() const noexcept { return sequences_; }
    [[nodiscard]] std::uint64_t wrong_sequences() const noexcept { return wrong_; }

private:
    void add(edit_counts const& found);

    error_unit unit_;
    edit_counts edits_{};
    std::uint64_t sequences_ = 0;
    std::uint64_t wrong_ = 0;
};
}
