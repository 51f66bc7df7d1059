module wordmill.vectors:cosines;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// The scalar product of two vectors, [dimension] each, summed in parts.
[[nodiscard]] float scalar_product(float const* a, float const* b, std::size_t dimension) noexcept;

/// Up to 64 vectors side by side, arranged for the product with rows.
class query_panel {
public:
    static constexpr std::size_t most = 64;

    explicit query_panel(std::size_t dimension);
    /// `query` [D] becomes column `size()`.
    void add(std::span<float const> query);
    void clear();
    [[nodiscard]] inline std::size_t size() const noexcept { return size_; }
    /// The distance between the scores of consecutive rows.
    [[nodiscard]] std::size_t stride() const noexcept;

    /// The scalar products of rows with all queries; writes to `scores` [rows, stride()]. Columns from `size()` on are
    /// meaningless. Sums run in the order of the dimensions, in floats, on 4 to 16 queries at once (SSE2, AVX2 or
    /// AVX-512, as available); a single query is summed in parts.
    void multiply(matrix_view<float const> rows, std::span<float> scores) const;

private:
    std::size_t dimension_;
    std::size_t width_; ///< columns that lie together: [D, width] blocks
    std::size_t size_ = 0;
    std::vector<float> columns_{};
};
}
