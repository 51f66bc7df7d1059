module wordmill.nn:bf16;
import :cpu_operands;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// The upper half of a float: 8 bits of its 24.
using bf16 = std::uint16_t;

/// The values of a matrix [rows, columns] rounded to the nearest, ties to even; without gaps.
void round_to_bf16(turned_view from, std::size_t rows, std::size_t columns, bf16* to);

/// The shape of a block of a product as oneDNN knows it, with the code for it.
struct bf16_block;
/// A product [m, k] [k, n] in blocks of rows and columns, cut by its shape alone.
struct bf16_tiles {
    std::size_t m = 0, k = 0, n = 0;
    std::size_t rows = 1, columns = 1; ///< of a block; the last ones may have less
    std::size_t step = 0;              ///< from one block of columns of the right operand to the next
    bf16_block* blocks[2][2]{};        ///< [not the last rows or the last][likewise of columns]

    [[nodiscard]] std::size_t row_blocks() const noexcept { return (m + rows - 1) / rows; }
    [[nodiscard]] std::size_t column_blocks() const noexcept { return (n + columns - 1) / columns; }
    [[nodiscard]] std::size_t rows_of(std::size_t r) const noexcept { return std::min(rows, m - r * rows); }
    [[nodiscard]] std::size_t columns_of(std::size_t c) const noexcept { return std::min(columns, n - c * columns); }
    [[nodiscard]] bf16_block& at(std::size_t r, std::size_t c) const noexcept {
        return *blocks[r + 1 == row_blocks()][c + 1 == column_blocks()];
    }
    /// Block c of the columns of b [k, n], rounded, to its place in `to` [k n].
    void round_columns(turned_view b, std::size_t c, bf16* to) const;
};
/// A right operand that many small products share, in the form that oneDNN likes best.
struct bf16_packed {
    bf16_tiles tiles{};
    bf16 const* data = nullptr; ///< none: it is not used
};

/// Products of operands rounded to bf16 and summed in fp32, by oneDNN: with the processor's units for them, or imitated
/// where it has none. Each block is one call of oneDNN in one thread of ours, without gaps in any of its matrices,
/// which is what its fastest code asks for. The code for a shape is made when it first comes,
/// and kept until some hundred others were used since.
class bf16_products {
public:
    /// `failure::unavailable` where oneDNN has no bf16.
    explicit bf16_products(task_team& team);
    ~bf16_products();

    /// Whether rounding the operands costs little beside the product [m, k] [k, n].
    [[nodiscard]] static bool pays(std::size_t m, std::size_t k, std::size_t n) noexcept {
        constexpr std::size_t least_side = 8, least = std::size_t{1} << 18;
        return std::min({m, k, n}) >= least_side && m * k * n >= least;
    }

    /// c = a b, or c += a b; a is [m, k], b [k, n].
    void multiply(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c);

    /// b [k, n], for products with m rows.
    [[nodiscard]] bf16_packed pack(turned_view b, std::size_t m, std::size_t k, std::size_t n,
                                   scratch_memory<bf16>& to);
    /// c = a b, or c += a b; a is [m, k].
    void multiply(turned_view a, bf16_packed const& b, product_target c);

    // For those who cut their work into tasks themselves: this before the tasks,
    [[nodiscard]] bf16_tiles tiles_of(std::size_t m, std::size_t k, std::size_t n);
    /// this in them, with a [m, k] without gaps and b as round_columns leaves it,
    void multiply_block(bf16_tiles const& tiles, std::size_t r, std::size_t c, std::size_t member, bf16 const* a,
                        bf16 const* b, product_target to) noexcept;
    void multiply_blocks(bf16_tiles const& tiles, std::size_t member, bf16 const* a, bf16 const* b,
                         product_target to) noexcept;
    /// and this behind them: `failure::resource` when oneDNN had no memory.
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
