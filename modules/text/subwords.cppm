export module wordmill.text:subwords;
import :vocabulary;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Which character n-grams of a word are its subwords (Bojanowski et al. 2017, "Enriching Word Vectors with Subword
/// Information"). A character is a code point; the word is put between '<' and '>' first.
export struct subword_options {
    std::uint32_t least_letters = 3;   ///< characters of the shortest n-gram
    std::uint32_t most_letters = 6;    ///< characters of the longest; 0 = no subwords
    std::uint32_t buckets = 2'000'000; ///< n-grams with the same hash modulo this share a vector

    [[nodiscard]] constexpr bool any() const noexcept { return most_letters > 0 && buckets > 0; }
    [[nodiscard]] constexpr auto operator<=>(subword_options const&) const noexcept = default;
};

/// The word that has no subwords in fastText.
export inline constexpr std::string_view end_of_sentence = "</s>";

/// Appends the bucket of each n-gram of `word`, ordered by start, then by length. The n-grams and the hash (FNV-1a of
/// signed bytes) are those of fastText 0.9.2. '<' or '>' alone is not an n-gram, and `end_of_sentence` has no n-grams.
export void append_subwords(std::string_view word, subword_options const& options, std::vector<std::uint32_t>& buckets);
/// The bucket of an n-gram, whose borders are written as '<' and '>'. There must be buckets.
export [[nodiscard]] std::uint32_t subword_bucket(std::string_view n_gram, subword_options const& options);

/// For each type of a vocabulary, the rows of a table [V + buckets, D] whose mean is its vector: its own row, then row
/// V + bucket for each n-gram. A handle to immutable tables: copies share them, and any thread may read.
export class subword_table {
public:
    /// A table of no types.
    subword_table() = default;
    subword_table(vocabulary const& words, subword_options options);

    [[nodiscard]] inline bool empty() const noexcept { return !tables_; }
    [[nodiscard]] inline std::size_t size() const noexcept { return empty() ? 0 : tables_->ends.size(); } ///< V
    [[nodiscard]] subword_options const& options() const noexcept { return options_; }
    [[nodiscard]] inline std::span<std::uint32_t const> rows_of(token_id id) const noexcept {
        auto const* const ends = tables_->ends.data();
        auto const begin = index(id) == 0 ? std::uint64_t{0} : ends[index(id) - 1];
        return std::span(tables_->rows).subspan(begin, ends[index(id)] - begin);
    }
    /// V + buckets.
    [[nodiscard]] inline std::size_t table_rows() const noexcept { return empty() ? 0 : size() + options_.buckets; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

private:
    struct tables {
        std::vector<std::uint64_t> ends{};
        std::vector<std::uint32_t> rows{};
    };
    std::shared_ptr<tables const> tables_{};
    subword_options options_{};
};
}
