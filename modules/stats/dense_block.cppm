module wordmill.stats:dense_block;
import :pair_runs;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Weights of the pairs of the most frequent types: one 32-bit cell for each pair, and a list of overflows.
class dense_block {
public:
    /// Covers ids below `side`, which is a power of two or 0.
    explicit dense_block(std::size_t side) : side_(side), cells_(std::make_unique<std::uint32_t[]>(side * side)) {}

    [[nodiscard]] inline std::size_t side() const noexcept { return side_; }
    [[nodiscard]] inline bool holds(token_id row, token_id column) const noexcept {
        return (index(row) | index(column)) < side_;
    }
    inline void add(token_id row, token_id column, std::uint32_t weight) {
        auto const at = index(row) * side_ + index(column);
        if (__builtin_add_overflow(cells_[at], weight, &cells_[at])) [[unlikely]]
            carries_.push_back(at);
    }
    void add(dense_block const& other) {
        for (std::size_t at = 0; at < side_ * side_; ++at)
            if (__builtin_add_overflow(cells_[at], other.cells_[at], &cells_[at])) [[unlikely]]
                carries_.push_back(at);
        carries_.insert(carries_.end(), other.carries_.begin(), other.carries_.end());
    }
    /// Calls `take` for every pair with a weight, in order. With `both_ways`, a cell (row, column) also counts for
    /// (column, row); the cells below the diagonal must then be 0.
    template <class Take> void each(bool both_ways, Take take) {
        if (both_ways) mirror();
        std::ranges::sort(carries_);
        auto carry = carries_.begin();
        for (std::size_t at = 0; at < side_ * side_; ++at) {
            std::uint64_t weight = cells_[at];
            for (; carry != carries_.end() && *carry == at; ++carry) weight += std::uint64_t{1} << 32;
            auto const row = at / side_;
            auto const column = at % side_;
            if (both_ways && row == column) weight = checked_sum(weight, weight);
            if (weight > 0) take(weighted_pair{pair_key(id_at(row), id_at(column)), weight});
        }
    }

private:
    /// Copies the cells above the diagonal to those below it.
    void mirror() {
        constexpr std::size_t tile = 32;
        for (std::size_t i = 0; i < side_; i += tile)
            for (std::size_t j = i; j < side_; j += tile)
                for (auto r = i; r < std::min(i + tile, side_); ++r)
                    for (auto c = std::max(j, r + 1); c < std::min(j + tile, side_); ++c)
                        cells_[c * side_ + r] = cells_[r * side_ + c];
        for (std::size_t i = 0, n = carries_.size(); i < n; ++i) {
            auto const row = carries_[i] / side_;
            auto const column = carries_[i] % side_;
            if (row != column) carries_.push_back(column * side_ + row);
        }
    }

    std::size_t side_;
    std::unique_ptr<std::uint32_t[]> cells_;
    std::vector<std::size_t> carries_{}; ///< cells that overflowed: each mention adds 2^32
};
}
