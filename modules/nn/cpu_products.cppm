module;
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
module wordmill.nn:cpu_products;
import :cpu_tasks;
import wordmill.core;

namespace wordmill::detail {
/// Memory for what a step works out on the way, kept for the next.
class scratch {
public:
    scratch() = default;
    scratch(scratch const&) = delete;
    scratch& operator=(scratch const&) = delete;
    ~scratch() { std::free(data_); }
    /// At least `count` floats, aligned to 64 bytes; what was there is lost.
    [[nodiscard]] float* take(std::size_t count) {
        if (count <= capacity_) return data_;
        auto const bytes = checked_product(checked_sum(count, 15) / 16, 64);
        std::free(data_);
        capacity_ = 0;
        data_ = static_cast<float*>(std::aligned_alloc(64, bytes));
        if (data_ == nullptr) throw std::bad_alloc();
        capacity_ = count;
        return data_;
    }

private:
    float* data_ = nullptr;
    std::size_t capacity_ = 0;
};

/// Sums over k are worked out in this many slabs, so that what is read again and again stays in the nearest cache.
struct slabs {
    std::size_t k;
    static constexpr std::size_t longest = 384;
    [[nodiscard]] std::size_t count() const noexcept { return (k + longest - 1) / longest; }
    [[nodiscard]] std::size_t first(std::size_t slab) const noexcept { return slab * k / count(); }
    [[nodiscard]] std::size_t size(std::size_t slab) const noexcept { return first(slab + 1) - first(slab); }
};

/// A matrix of which rows or columns lie one behind the other: value (i, j) is `data[i * i_step + j * j_step]`.
struct turned_view {
    float const* data;
    std::size_t i_step;
    std::size_t j_step;
    [[nodiscard]] turned_view from(std::size_t i, std::size_t j) const noexcept {
        return {data + i * i_step + j * j_step, i_step, j_step};
    }
};

/// The right operand of a product, [k, n], in panels: slab after slab, and panel after panel within one.
struct wide_operand {
    float const* data;
    std::size_t k, n;
    std::size_t width;
    [[nodiscard]] std::size_t panels() const noexcept { return (n + width - 1) / width; }
};
/// The left one, [rows, k], in groups of rows, slab after slab.
struct narrow_operand {
    float const* data;
    std::size_t rows, k;
};
/// Where a product goes: row-major.
struct product_target {
    float* data;
    std::size_t stride;
    bool add = false;
    float const* start = nullptr; ///< what each row begins with, padded to whole panels
};

[[nodiscard]] std::size_t padded_columns(std::size_t n); ///< to whole panels
wide_operand pack_wide(task_team& team, turned_view from, std::size_t k, std::size_t n, scratch& to);
narrow_operand pack_narrow(turned_view from, std::size_t rows, std::size_t k, float* to);
/// Panels `first` .. `last` of the product a b, to the columns of theirs.
void multiply_panels(narrow_operand a, wide_operand b, std::size_t first, std::size_t last, product_target to);

/// Products of any size, by all threads.
class products {
public:
    explicit products(task_team& team) : team_(team) {}
    /// c = a b, or c += a b; a is [m, k], b [k, n].
    void multiply(turned_view a, turned_view b, std::size_t m, std::size_t k, std::size_t n, product_target c);

private:
    task_team& team_;
    scratch narrow_{};
    scratch wide_{};
};
}
