export module wordmill.eval:chrf;
import wordmill.standard;

namespace wordmill {
export struct chrf_options {
    std::size_t character_order = 6; ///< 1 to 6 characters
    std::size_t word_order = 0;      ///< 2 for chrF++
    double beta = 2;                 ///< the weight of recall
    bool lower_case = false;
};

/// Corpus chrF (Popovic 2015) and, with word n-grams, chrF++ (Popovic 2017), as sacreBLEU 2 defines them: n-grams of
/// the characters that are not white space; precision and recall are averaged over the orders that occur on both sides.
/// Of several references the one with the highest score counts, the first of equal ones. Memory does not grow with the
/// number of sentences. Bytes that are not UTF-8 count as U+FFFD.
export class chrf {
public:
    /// `failure::usage` without n-grams to count and for a beta that is not above 0.
    explicit chrf(chrf_options options = {});

    void add(std::string_view hypothesis, std::string_view reference);
    /// With one reference or more.
    void add(std::string_view hypothesis, std::span<std::string const> references);

    /// From 0 to 100; 0 before the first sentence.
    [[nodiscard]] double score() const;
    [[nodiscard]] std::uint64_t sentences() const noexcept { return sentences_; }
    /// In the form of sacreBLEU's signature without its version: "nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no".
    [[nodiscard]] std::string signature() const;

private:
    struct counts {
        std::uint64_t hypothesis = 0;
        std::uint64_t reference = 0;
        std::uint64_t match = 0;
    };
    [[nodiscard]] double score(std::vector<counts> const& by_order) const;

    chrf_options options_;
    std::vector<counts> sums_;
    std::uint64_t sentences_ = 0;
    std::size_t references_ = 0; ///< of each sentence; 0 where they differ
};

/// chrF of one sentence.
export [[nodiscard]] double sentence_chrf(std::string_view hypothesis, std::span<std::string const> references,
                                          chrf_options const& options = {});
}
