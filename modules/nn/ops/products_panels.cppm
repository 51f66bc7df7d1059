module wordmill.nn:products_panels;
import :bf16;
import :cpu_operands;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// Divides sums over k into slabs (ranges of k), so that data that is read repeatedly stays in the nearest cache.
struct slabs {
    std::size_t k;
    static constexpr std::size_t longest = 384; // about
    [[nodiscard]] std::size_t count() const noexcept { return (k + longest - 1) / longest; }
    static constexpr std::size_t whole_panels = 32; // a multiple of the width of a panel
    [[nodiscard]] std::size_t first(std::size_t slab) const noexcept {
        return slab == count() ? k : slab * k / count() / whole_panels * whole_panels;
    }
    [[nodiscard]] std::size_t size(std::size_t slab) const noexcept { return first(slab + 1) - first(slab); }
};

/// The right operand of a product, [k, n], in panels of columns: slab after slab, and panel after panel within a slab.
struct wide_operand {
    float const* data;
    std::size_t k, n;
    std::size_t width;
    [[nodiscard]] std::size_t panels() const noexcept { return (n + width - 1) / width; }
};
/// The left operand of a product, [rows, k], slab after slab: in panels of columns or in groups of rows. Or where it
/// is, not packed: rows without gaps, `stride` apart.
struct narrow_operand {
    float const* data;
    std::size_t rows, k;
    bool in_panels = false;
    std::size_t stride = 0; ///< 0: packed
};
/// Rows without gaps that fill whole panels are packed in panels, which is a copy and not a transposition.
[[nodiscard]] bool packs_in_panels(turned_view from, std::size_t k);
/// Whether a left operand is as fast where it is: its rows are without gaps, and those of a group stay in the nearest
/// cache together.
[[nodiscard]] bool is_read_in_place(turned_view from) noexcept;
[[nodiscard]] std::size_t padded_columns(std::size_t n); ///< n rounded up to whole panels
wide_operand pack_wide(task_team& team, turned_view from, std::size_t k, std::size_t n, scratch& to);
narrow_operand pack_narrow(turned_view from, std::size_t rows, std::size_t k, float* to);
/// Writes panels `first` .. `last` of the product a b to the columns of these panels.
void multiply_panels(narrow_operand a, wide_operand b, std::size_t first, std::size_t last, product_target to);

/// Products of any size, on all threads.
class products {
public:
    /// Without `half`, all products are in fp32.
    products(task_team& team, bf16_products* half) : team_(team), half_(half) {}
    [[nodiscard]] bf16_products* half() const noexcept { return half_; }
    /// Whether m rows are so few that packing b [k, n] for them costs more than it saves.
    [[nodiscard]] static bool are_few(std::size_t m, turned_view b) noexcept { return m <= few_rows && b.j_step == 1; }
    /// c = a b, or c += a b; a is [m, k], b [k, n].
    void multiply(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c);
    /// The same, in fp32, with b packed.
    void multiply(turned_view a, wide_operand b, std::size_t m, product_target c);

private:
    static constexpr std::size_t few_rows = 6;
    void multiply_few(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c);
    void multiply_slabs(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c);
    template <class PackColumns> void multiply_blocks(turned_view a, std::size_t m, std::size_t k, std::size_t n,
                                                      std::size_t columns_at_once, product_target c,
                                                      PackColumns const& pack_columns);

    task_team& team_;
    bf16_products* half_;
    scratch narrow_{};
    scratch wide_{};
};
}
