module wordmill.nn:bf16;
import :cpu_operands;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// The upper half of a float: 8 of its 24 significant bits.
using bf16 = std::uint16_t;

/// Rounds the values of a matrix [rows, columns] to the nearest bf16, ties to even. Writes them without gaps.
void round_to_bf16(turned_view from, std::size_t rows, std::size_t columns, bf16* to);

/// The shape of a block of a product, and the code that oneDNN generated for it.
struct bf16_block;
/// A product [m, k] [k, n], divided into blocks of rows and columns. The division depends only on the shape.
struct bf16_tiles {
    std::size_t m = 0, k = 0, n = 0;
    std::size_t rows = 1, columns = 1; ///< of a block; the last blocks may have fewer
    std::size_t step = 0;              ///< distance between consecutive column blocks of the right operand
    bf16_block* blocks[2][2]{};        ///< [is the last block of rows][is the last block of columns]

    [[nodiscard]] std::size_t row_blocks() const noexcept { return (m + rows - 1) / rows; }
    [[nodiscard]] std::size_t column_blocks() const noexcept { return (n + columns - 1) / columns; }
    [[nodiscard]] std::size_t rows_of(std::size_t r) const noexcept { return std::min(rows, m - r * rows); }
    [[nodiscard]] std::size_t columns_of(std::size_t c) const noexcept { return std::min(columns, n - c * columns); }
    [[nodiscard]] bf16_block& at(std::size_t r, std::size_t c) const noexcept {
        return *blocks[r + 1 == row_blocks()][c + 1 == column_blocks()];
    }
    /// Rounds column block c of b [k, n] and writes it to its place in `to` [k n].
    void round_columns(turned_view b, std::size_t c, bf16* to) const;
};
/// A right operand that many small products share, in the layout that is fastest for oneDNN.
struct bf16_packed {
    bf16_tiles tiles{};
    bf16 const* data = nullptr; ///< null: not used
};

/// Products of operands rounded to bf16, with sums in fp32, computed by oneDNN. It uses the bf16 units of the
/// processor, or emulates them if there are none. Each block is one call of oneDNN in one of our threads, on matrices
/// without gaps, which its fastest code requires. The code for a shape is generated at first use and kept until a few
/// hundred later look-ups have passed without its use.
class bf16_products {
public:
    /// `failure::unavailable` where oneDNN does not support bf16.
    explicit bf16_products(task_team& team);
    ~bf16_products();

    /// Whether rounding the operands is cheap compared with the product [m, k] [k, n].
    [[nodiscard]] static bool pays(std::size_t m, std::size_t k, std::size_t n) noexcept {
        constexpr std::size_t least_side = 8, least = std::size_t{1} << 18;
        return std::min({m, k, n}) >= least_side && m * k * n >= least;
    }

    /// c = a b, or c += a b; a is [m, k], b [k, n].
    void multiply(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c);

    /// Packs b [k, n] for products with m rows.
    [[nodiscard]] bf16_packed pack(turned_view b, std::size_t m, std::size_t k, std::size_t n,
                                   scratch_memory<bf16>& to);
    /// c = a b, or c += a b; a is [m, k].
    void multiply(turned_view a, bf16_packed const& b, product_target c);

    // For callers that divide the work into tasks themselves. Call `tiles_of` before the tasks.
    [[nodiscard]] bf16_tiles tiles_of(std::size_t m, std::size_t k, std::size_t n);
    /// Call inside the tasks. a is [m, k] without gaps; b is as `round_columns` writes it.
    void multiply_block(bf16_tiles const& tiles, std::size_t r, std::size_t c, std::size_t member, bf16 const* a,
                        bf16 const* b, product_target to) noexcept;
    void multiply_blocks(bf16_tiles const& tiles, std::size_t member, bf16 const* a, bf16 const* b,
                         product_target to) noexcept;
    /// Call after the tasks: `failure::resource` when oneDNN ran out of memory.
    void check();

private:
    struct library;
    [[nodiscard]] bf16_tiles cut(std::size_t m, std::size_t k, std::size_t n, bool packed);
    [[nodiscard]] bf16_block& block_of(std::size_t m, std::size_t k, std::size_t n, bool packed);
    [[nodiscard]] static std::size_t right_size(bf16_block const& one); ///< values of its right operand
    void pack_block(bf16_block& one, std::size_t member, bf16* from, bf16* to) noexcept;
    void call(bf16_block& one, std::size_t member, bf16 const* a, bf16 const* b, float* c) noexcept;

    task_team& team_;
    std::unique_ptr<library> library_;
    scratch_memory<bf16> left_{};
    scratch_memory<bf16> right_{};
    std::size_t result_size_ = 0;
    scratch results_{}; ///< of each member: a block
};
}
