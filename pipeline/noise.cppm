export module wordmill.pipeline:noise;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
export struct noise_options {
    double power = 0.75; ///< exponent of the counts (Mikolov et al. 2013, "Distributed Representations of Words and
                         ///< Phrases")
};

/// The distribution that negative samples are drawn from: proportional to count^power. Types that never occur are never
/// drawn. A draw takes constant time (alias method: Walker 1977, table built as in Vose 1991). A handle to an immutable
/// table: copies share it, and any thread may read.
export class noise_distribution {
public:
    /// A power that is not finite is a `failure::usage`. Counts of which none is above 0 are a `failure::bad_data`.
    explicit noise_distribution(std::span<std::uint64_t const> counts, noise_options options = {});
    explicit noise_distribution(vocabulary const& words, noise_options options = {});

    /// The type drawn with two uniform random words. Probabilities are exact to V / 2^32.
    [[nodiscard]] inline token_id draw(std::uint32_t column, std::uint32_t toss) const noexcept {
        auto const at = static_cast<std::uint32_t>((static_cast<std::uint64_t>(column) * size_) >> 32);
        auto const c = columns_[at];
        return token_id{toss < c.threshold ? at : c.alias};
    }
    [[nodiscard]] double probability(token_id id) const;
    [[nodiscard]] inline std::size_t size() const noexcept { return size_; } ///< V
    [[nodiscard]] std::size_t drawable() const noexcept;                     ///< types with a probability above 0
    /// The next drawable type after `id` in the order of ids, wrapping at the end. The last resort of redraws.
    [[nodiscard]] token_id after(token_id id) const noexcept;

    struct column {
        std::uint32_t threshold; ///< the type itself is drawn below it, out of 2^32
        std::uint32_t alias;     ///< the type drawn otherwise
    };
    [[nodiscard]] inline std::span<column const> columns() const noexcept { return {columns_, size_}; } ///< [V]

private:
    struct tables;
    std::shared_ptr<tables const> tables_;
    column const* columns_ = nullptr;
    std::size_t size_ = 0;
};
}
