#include "dense_kernels.hpp"

#include <algorithm>
#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "dense_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
template <class T> using tag = hn::CappedTag<T, 64 / sizeof(T)>;

// As many sums as fit the registers, with two vectors of b and one value of a.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
constexpr std::size_t rows_at_once = 14;
#else
constexpr std::size_t rows_at_once = 6;
#endif
constexpr std::size_t inner_at_once = 256; // a panel of b is then at most half of an L1 cache

/// Columns of b, packed: one or two vectors for each k, zeros after the last column.
template <class T> struct packed_panel {
    HWY_ALIGN T values[inner_at_once * 2 * 64 / sizeof(T)];
};

/// Adds a tile of `Rows` rows and `columns` columns, at most `Vectors` vectors.
template <std::size_t Rows, std::size_t Vectors, class T>
HWY_NOINLINE void add_tile(left_operand<T> a, T const* panel, std::size_t inner, row_major<T> c, std::size_t columns) {
    tag<T> const d;
    auto const lanes = hn::Lanes(d);
    hn::Vec<tag<T>> sums[Rows][Vectors];
    _Pragma("unroll") for (auto& row : sums) _Pragma("unroll") for (auto& sum : row) sum = hn::Zero(d);
    for (std::size_t k = 0; k < inner; ++k, panel += Vectors * lanes) {
        hn::Vec<tag<T>> y[Vectors];
        _Pragma("unroll") for (std::size_t v = 0; v < Vectors; ++v) y[v] = hn::Load(d, panel + v * lanes);
        _Pragma("unroll") for (std::size_t r = 0; r < Rows; ++r) {
            auto const x = hn::Set(d, a.data[r * a.row_step + k * a.inner_step]);
            _Pragma("unroll") for (std::size_t v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(x, y[v], sums[r][v]);
        }
    }
    if (columns == Vectors * lanes) {
        _Pragma("unroll") for (std::size_t r = 0; r < Rows; ++r)
            _Pragma("unroll") for (std::size_t v = 0; v < Vectors; ++v) {
            auto* const to = c.data + r * c.stride + v * lanes;
            hn::StoreU(hn::Add(hn::LoadU(d, to), sums[r][v]), d, to);
        }
        return;
    }
    HWY_ALIGN T row[Vectors * 64 / sizeof(T)];
    _Pragma("unroll") for (std::size_t r = 0; r < Rows; ++r) {
        _Pragma("unroll") for (std::size_t v = 0; v < Vectors; ++v) hn::Store(sums[r][v], d, row + v * lanes);
        for (std::size_t i = 0; i < columns; ++i) c.data[r * c.stride + i] += row[i];
    }
}

template <std::size_t Vectors, class T, std::size_t Rows = rows_at_once> HWY_INLINE void
add_rows(std::size_t rows, left_operand<T> a, T const* panel, std::size_t inner, row_major<T> c, std::size_t columns) {
    if constexpr (Rows > 1) {
        if (rows < Rows) return add_rows<Vectors, T, Rows - 1>(rows, a, panel, inner, c, columns);
    }
    add_tile<Rows, Vectors>(a, panel, inner, c, columns);
}

template <class T>
HWY_INLINE void pack(row_major<T const> b, std::size_t inner, std::size_t columns, std::size_t width, T* to) {
    for (; inner > 0; --inner, b.data += b.stride, to += width) {
        std::copy_n(b.data, columns, to);
        std::fill(to + columns, to + width, T{0});
    }
}

template <class T> HWY_INLINE void add_product_of(left_operand<T> a, row_major<T const> b, row_major<T> c,
                                                  product_shape shape, part wanted) {
    packed_panel<T> panel;
    auto const lanes = hn::Lanes(tag<T>());
    auto const groups = (shape.rows + rows_at_once - 1) / rows_at_once; // of equal sizes
    for (std::size_t k = 0; k < shape.inner; k += inner_at_once) {
        auto const inner = std::min(inner_at_once, shape.inner - k);
        for (std::size_t column = 0; column < shape.columns; column += 2 * lanes) {
            auto const columns = std::min(2 * lanes, shape.columns - column);
            auto const narrow = columns <= lanes;
            pack<T>({b.data + k * b.stride + column, b.stride}, inner, columns, narrow ? lanes : 2 * lanes,
                    panel.values);
            for (std::size_t g = 0; g < groups; ++g) {
                auto const first = g * shape.rows / groups, rows = (g + 1) * shape.rows / groups - first;
                if (wanted == part::upper && first >= column + columns) break;
                left_operand<T> const from{a.data + first * a.row_step + k * a.inner_step, a.row_step, a.inner_step};
                row_major<T> const to{c.data + first * c.stride + column, c.stride};
                narrow ? add_rows<1>(rows, from, panel.values, inner, to, columns)
                       : add_rows<2>(rows, from, panel.values, inner, to, columns);
            }
        }
    }
}

HWY_NOINLINE void AddFloats(left_operand<float> a, row_major<float const> b, row_major<float> c, product_shape shape,
                            part wanted) {
    add_product_of(a, b, c, shape, wanted);
}
HWY_NOINLINE void AddDoubles(left_operand<double> a, row_major<double const> b, row_major<double> c,
                             product_shape shape, part wanted) {
    add_product_of(a, b, c, shape, wanted);
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::kernels {
HWY_EXPORT(AddFloats);
HWY_EXPORT(AddDoubles);

void add_product(left_operand<float> a, row_major<float const> b, row_major<float> c, product_shape shape,
                 part wanted) {
    HWY_DYNAMIC_DISPATCH(AddFloats)(a, b, c, shape, wanted);
}
void add_product(left_operand<double> a, row_major<double const> b, row_major<double> c, product_shape shape,
                 part wanted) {
    HWY_DYNAMIC_DISPATCH(AddDoubles)(a, b, c, shape, wanted);
}
}
#endif
