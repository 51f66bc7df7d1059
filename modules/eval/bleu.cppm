export module wordmill.eval:bleu;
import :error_rate;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// How texts become the tokens of BLEU; the names are sacreBLEU's.
export enum class bleu_tokenizer : std::uint8_t {
    v13a,       ///< "13a": of mteval-v13a, for the languages of WMT; replaces &quot; &amp; &lt; and &gt;
    none,       ///< "none": splits at white space
    characters, ///< "char": the characters that are not white space
};

export inline constexpr named_value<bleu_tokenizer> bleu_tokenizer_names[] = {
    {"13a", bleu_tokenizer::v13a}, {"none", bleu_tokenizer::none}, {"char", bleu_tokenizer::characters}};

export struct bleu_options {
    bleu_tokenizer tokenizer = bleu_tokenizer::v13a;
    bool lower_case = false;
};

export struct bleu_score {
    double score = 0;                   ///< from 0 to 100
    std::array<double, 4> precisions{}; ///< of 1-grams to 4-grams, in percent, smoothed
    std::array<std::uint64_t, 4> correct{};
    std::array<std::uint64_t, 4> total{}; ///< n-grams of the hypotheses
    double brevity_penalty = 1;
    std::uint64_t hypothesis_length = 0; ///< in tokens
    std::uint64_t reference_length = 0;  ///< of the reference whose length is closest, the shorter of two
};

/// Corpus BLEU (Papineni et al. 2002) as sacreBLEU 2 defines it by default (Post 2018): up to 4-grams, exponential
/// smoothing, no effective order. Memory does not grow with the number of sentences. Bytes that are not UTF-8 count as
/// U+FFFD.
export class bleu {
public:
    explicit bleu(bleu_options options = {}) : options_(options) {}

    void add(std::string_view hypothesis, std::string_view reference);
    /// With one reference or more.
    void add(std::string_view hypothesis, std::span<std::string const> references);
    /// The tokens are compared as they are: the options do not apply.
    void add(token_list const& hypothesis, std::span<token_list const> references);

    /// 0 before the first sentence.
    [[nodiscard]] bleu_score score() const;
    [[nodiscard]] std::uint64_t sentences() const noexcept { return sentences_; }
    /// What was computed, in the form of sacreBLEU's signature without its version:
    /// "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp"; "nrefs:var" where the number of references differs.
    [[nodiscard]] std::string signature() const;

private:
    void add(std::vector<std::vector<std::string_view>> const& tokens);
    friend bleu_score sentence_bleu(std::string_view hypothesis, std::span<std::string const> references,
                                    bleu_options const& options);

    bleu_options options_;
    bleu_score sums_{}; ///< counts and lengths only
    std::uint64_t sentences_ = 0;
    std::size_t references_ = 0; ///< of each sentence; 0 where they differ
};

/// BLEU of one sentence, which leaves out the orders for which the hypothesis is too short (sacreBLEU's
/// `sentence_bleu`, with its effective order).
export [[nodiscard]] bleu_score sentence_bleu(std::string_view hypothesis, std::span<std::string const> references,
                                              bleu_options const& options = {});
}
