#include "products_cpu.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/products_cpu_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::product_kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using cpu_kernels::HWY_NAMESPACE::lanes;
using cpu_kernels::HWY_NAMESPACE::tag;
using cpu_kernels::HWY_NAMESPACE::vector;

// As many sums as fit the registers, with two vectors of the panel and one of the narrow operand.
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL || HWY_ARCH_ARM_A64
constexpr int rows_at_once = 14;
#else
constexpr int rows_at_once = 6;
#endif

HWY_INLINE std::size_t width() { return 2 * lanes(); }

/// The number of equal parts of `rows`, each of at most `rows_at_once`.
HWY_INLINE std::size_t groups_of(std::size_t rows) { return (rows + rows_at_once - 1) / rows_at_once; }

/// The operands of a tile. The narrow operand consists of `pieces` of `inner` columns.
struct tile {
    float const* a;
    std::size_t k_step; // within a piece; of reads::rows: between rows
    std::size_t piece_step;
    std::size_t pieces;
    std::size_t inner;
    float const* panel;
    float const* start;
    float* c;
    std::size_t row_step;
    put how;
    float* maxima;
    std::size_t columns;
    std::size_t ahead; // distance in floats to the data to prefetch
};

/// How the values of the narrow operand for one k lie: side by side, a panel's width apart, or `k_step` apart.
enum class reads { columns, panels, rows };

template <int Rows, int Vectors, reads Form> HWY_NOINLINE void work_out(tile const& t) {
    tag const d;
    auto const w = lanes();
    auto const r_step = Form == reads::panels ? 2 * w : Form == reads::rows ? t.k_step : 1;
    vector sums[Rows][Vectors];
    _Pragma("unroll") for (int v = 0; v < Vectors; ++v) {
        auto const start = t.start ? hn::LoadU(d, t.start + static_cast<std::size_t>(v) * w) : hn::Zero(d);
        _Pragma("unroll") for (int r = 0; r < Rows; ++r) sums[r][v] = start;
    }
    for (int r = 0; r < Rows; ++r) // prefetched while the sums are computed
        for (std::size_t v = 0; v < Vectors; ++v)
            __builtin_prefetch(t.c + static_cast<std::size_t>(r) * t.row_step + v * w, 1, 3);
    auto const* b = t.panel;
    auto const* piece = t.a;
    for (std::size_t p = 0; p < t.pieces; ++p, piece += t.piece_step) {
        auto const* a = piece;
        for (std::size_t k = 0; k < t.inner; ++k, a += Form == reads::columns ? t.k_step : 1, b += 2 * w) {
            _Pragma("unroll") for (int v = 0; v < Vectors; ++v)
                __builtin_prefetch(b + t.ahead + static_cast<std::size_t>(v) * w, 0, 2);
            vector y[Vectors];
            _Pragma("unroll") for (int v = 0; v < Vectors; ++v) y[v] = hn::Load(d, b + static_cast<std::size_t>(v) * w);
            _Pragma("unroll") for (int r = 0; r < Rows; ++r) {
                auto const x = hn::Set(d, a[static_cast<std::size_t>(r) * r_step]);
                _Pragma("unroll") for (int v = 0; v < Vectors; ++v) sums[r][v] = hn::MulAdd(x, y[v], sums[r][v]);
            }
        }
    }
    if (t.columns == Vectors * w) {
        _Pragma("unroll") for (int r = 0; r < Rows; ++r) {
            auto* const c = t.c + static_cast<std::size_t>(r) * t.row_step;
            _Pragma("unroll") for (int v = 0; v < Vectors; ++v) {
                auto* const to = c + static_cast<std::size_t>(v) * w;
                if (t.how == put::add) sums[r][v] = hn::Add(hn::LoadU(d, to), sums[r][v]);
                hn::StoreU(sums[r][v], d, to);
            }
        }
    } else {
        HWY_ALIGN float row[Vectors * 16];
        _Pragma("unroll") for (int r = 0; r < Rows; ++r) {
            auto* const c = t.c + static_cast<std::size_t>(r) * t.row_step;
            _Pragma("unroll") for (int v = 0; v < Vectors; ++v)
                hn::Store(sums[r][v], d, row + static_cast<std::size_t>(v) * w);
            for (std::size_t i = 0; i < t.columns; ++i) c[i] = t.how == put::add ? c[i] + row[i] : row[i];
        }
        return; // with maxima, panels are stored whole
    }
    if (t.maxima == nullptr) return;
    _Pragma("unroll") for (int r = 0; r < Rows; ++r) {
        auto* const m = t.maxima + static_cast<std::size_t>(r) * w;
        auto most = hn::Load(d, m);
        _Pragma("unroll") for (int v = 0; v < Vectors; ++v) most = hn::Max(most, sums[r][v]);
        hn::Store(most, d, m);
    }
}

template <int Vectors, reads Form, int Rows = rows_at_once> HWY_INLINE void for_rows(std::size_t rows, tile const& t) {
    if constexpr (Rows > 1) {
        if (rows < Rows) return for_rows<Vectors, Form, Rows - 1>(rows, t);
    }
    work_out<Rows, Vectors, Form>(t);
}

HWY_NOINLINE void Multiply(narrow_operand a, std::size_t rows, float const* panels, std::size_t panel_step,
                           std::size_t k, std::size_t n, destination to) {
    auto const groups = groups_of(rows);
    auto const w = width();
    for (std::size_t g = 0; g < groups; ++g) {
        auto const first = g * rows / groups, count = (g + 1) * rows / groups - first;
        tile t{};
        t.pieces = 1;
        t.inner = k;
        t.row_step = to.row_step;
        t.how = to.how;
        t.maxima = to.maxima ? to.maxima + first * lanes() : nullptr;
        if (a.form == narrow_form::groups) {
            t.a = a.data + first * k;
            t.k_step = count;
        } else if (a.form == narrow_form::columns) {
            t.a = a.data + first;
            t.k_step = a.step;
        } else if (a.form == narrow_form::rows) {
            t.a = a.data + first * a.step;
            t.k_step = a.step;
        } else {
            t.a = a.data + first * w;
            t.piece_step = a.step;
            t.pieces = k / w;
            t.inner = w;
        }
        for (std::size_t c = 0, p = 0; c < n; c += w, ++p) {
            t.panel = panels + p * panel_step;
            t.ahead = g + 1 == groups ? panel_step : 0; // prefetches the next panel while this one is in the cache
            t.start = to.start ? to.start + c : nullptr;
            t.c = to.data + first * to.row_step + p * to.panel_step;
            t.columns = std::min(w, n - c);
            auto const narrow = t.columns <= lanes();
            if (a.form == narrow_form::panels) {
                narrow ? for_rows<1, reads::panels>(count, t) : for_rows<2, reads::panels>(count, t);
            } else if (a.form == narrow_form::rows) {
                narrow ? for_rows<1, reads::rows>(count, t) : for_rows<2, reads::rows>(count, t);
            } else {
                narrow ? for_rows<1, reads::columns>(count, t) : for_rows<2, reads::columns>(count, t);
            }
        }
    }
}

/// Packs `panels` whole panels of contiguous rows, side by side: rows are read in the order of memory.
HWY_INLINE void pack_rows(float const* from, std::size_t k_step, std::size_t k, std::size_t panels, float* to,
                          std::size_t panel_step) {
    tag const d;
    auto const w = lanes();
    for (std::size_t i = 0; i < k; ++i, from += k_step, to += 2 * w) {
        auto const* row = from;
        auto* at = to;
        for (std::size_t p = 0; p < panels; ++p, row += 2 * w, at += panel_step) {
            auto const low = hn::LoadU(d, row), high = hn::LoadU(d, row + w);
            hn::Store(low, d, at);
            hn::Store(high, d, at + w);
        }
    }
}
/// Packs a whole panel of contiguous columns.
HWY_INLINE void pack_columns(float const* from, std::size_t n_step, std::size_t k, float* to) {
    auto const w = lanes();
    std::size_t i = 0;
    for (; i + w <= k; i += w, to += w * 2 * w)
        for (std::size_t half = 0; half < 2 * w; half += w)
            cpu_kernels::HWY_NAMESPACE::turn_square(from + half * n_step + i, n_step, to + half, 2 * w);
    for (; i < k; ++i, to += 2 * w)
        for (std::size_t j = 0; j < 2 * w; ++j) to[j] = from[j * n_step + i];
}

HWY_NOINLINE void PackWide(operand from, std::size_t k, std::size_t n, float* to, std::size_t panel_step) {
    constexpr std::size_t panels_at_once = 8; // streams of memory written side by side
    auto const w = width();
    std::size_t packed = 0; // whole panels
    if (from.n_step == 1)
        for (; packed < n / w; packed += std::min(panels_at_once, n / w - packed))
            pack_rows(from.data + packed * w, from.k_step, k, std::min(panels_at_once, n / w - packed),
                      to + packed * panel_step, panel_step);
    to += packed * panel_step;
    for (auto c = packed * w; c < n; c += w, to += panel_step) {
        auto const columns = std::min(w, n - c);
        auto const* const first = from.data + c * from.n_step;
        if (columns == w && from.k_step == 1) {
            pack_columns(first, from.n_step, k, to);
        } else {
            for (std::size_t i = 0; i < k; ++i)
                for (std::size_t j = 0; j < w; ++j)
                    to[i * w + j] = j < columns ? first[i * from.k_step + j * from.n_step] : 0;
        }
    }
}

/// Copies `count` contiguous values; the last vector overlaps the one before it.
HWY_INLINE void copy_few(float const* from, std::size_t count, float* to) {
    hn::CappedTag<float, 8> const d;
    auto const n = hn::Lanes(d);
    if (count < n) {
        for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
        return;
    }
    for (std::size_t i = 0; i + n <= count; i += n) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
    hn::StoreU(hn::LoadU(d, from + count - n), d, to + count - n);
}

/// Transposes `count` rows of `from`, `step` apart, to columns: value (r, i) goes to i * count + r.
HWY_INLINE void turn_rows(float const* from, std::size_t step, std::size_t count, std::size_t k, float* to) {
    hn::CappedTag<float, 16> const d;
    hn::RepartitionToWide<decltype(d)> const pairs;
    auto const n = hn::Lanes(d);
    HWY_ALIGN float turned[4 * 16]; // vector j: of each four columns number j, four rows
    std::size_t r = 0;
    for (; r + 4 <= count; r += 4) {
        auto const* const rows = from + r * step;
        std::size_t i = 0;
        for (; i + n <= k; i += n) {
            auto const a = hn::LoadU(d, rows + i), b = hn::LoadU(d, rows + step + i);
            auto const c = hn::LoadU(d, rows + 2 * step + i), e = hn::LoadU(d, rows + 3 * step + i);
            auto const low_ab = hn::BitCast(pairs, hn::InterleaveLower(d, a, b));
            auto const high_ab = hn::BitCast(pairs, hn::InterleaveUpper(d, a, b));
            auto const low_ce = hn::BitCast(pairs, hn::InterleaveLower(d, c, e));
            auto const high_ce = hn::BitCast(pairs, hn::InterleaveUpper(d, c, e));
            hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, low_ab, low_ce)), d, turned);
            hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, low_ab, low_ce)), d, turned + n);
            hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, high_ab, high_ce)), d, turned + 2 * n);
            hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, high_ab, high_ce)), d, turned + 3 * n);
            auto* at = to + i * count + r;
            for (std::size_t block = 0; block < n; block += 4)
                for (std::size_t j = 0; j < 4; ++j, at += count)
                    std::memcpy(at, turned + j * n + block, 4 * sizeof(float));
        }
        for (; i < k; ++i)
            for (std::size_t j = 0; j < 4; ++j) to[i * count + r + j] = rows[j * step + i];
    }
    for (; r < count; ++r)
        for (std::size_t i = 0; i < k; ++i) to[i * count + r] = from[r * step + i];
}

HWY_NOINLINE void PackNarrow(operand from, std::size_t rows, std::size_t k, float* to) {
    constexpr std::size_t groups_at_once = 16; // streams of memory written side by side
    auto const groups = groups_of(rows);
    auto const first = [=](std::size_t g) { return g * rows / groups; };
    if (from.k_step == 1) {
        for (std::size_t g = 0; g < groups; ++g)
            turn_rows(from.data + first(g) * from.n_step, from.n_step, first(g + 1) - first(g), k, to + first(g) * k);
        return;
    }
    for (std::size_t g = 0; g < groups; g += groups_at_once) {
        auto const some = std::min(groups_at_once, groups - g);
        std::size_t column[groups_at_once], count[groups_at_once];
        for (std::size_t i = 0; i < some; ++i) {
            column[i] = first(g + i);
            count[i] = first(g + i + 1) - column[i];
        }
        // A whole vector for each group: what is too much is overwritten by the next row.
        auto const safe = from.k_step >= lanes() && rows_at_once <= lanes() ? k - std::min(k, lanes()) : 0;
        auto const* row = from.data;
        std::size_t i = 0;
        for (; i < safe; ++i, row += from.k_step) // rows are read in the order of memory
            for (std::size_t j = 0; j < some; ++j)
                hn::StoreU(hn::LoadU(tag(), row + column[j]), tag(), to + column[j] * k + i * count[j]);
        for (; i < k; ++i, row += from.k_step)
            for (std::size_t j = 0; j < some; ++j)
                copy_few(row + column[j], count[j], to + column[j] * k + i * count[j]);
    }
}

HWY_NOINLINE void PackNarrowPanels(float const* from, std::size_t stride, std::size_t rows, std::size_t k, float* to) {
    tag const d;
    auto const w = lanes();
    for (std::size_t r = 0; r < rows; ++r, from += stride, to += 2 * w) // in the order in which rows are in memory
        for (std::size_t i = 0; i < k; i += 2 * w) {
            auto const low = hn::LoadU(d, from + i), high = hn::LoadU(d, from + i + w);
            hn::StoreU(low, d, to + i * rows);
            hn::StoreU(high, d, to + i * rows + w);
        }
}

HWY_NOINLINE std::size_t PanelWidth() { return width(); }
HWY_NOINLINE std::size_t MostRows() { return rows_at_once; }
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::product_kernels {
HWY_EXPORT(Multiply);
HWY_EXPORT(PackWide);
HWY_EXPORT(PackNarrow);
HWY_EXPORT(PackNarrowPanels);
HWY_EXPORT(PanelWidth);
HWY_EXPORT(MostRows);

void multiply(narrow_operand a, std::size_t rows, float const* panels, std::size_t panel_step, std::size_t k,
              std::size_t n, destination to) {
    HWY_DYNAMIC_DISPATCH(Multiply)(a, rows, panels, panel_step, k, n, to);
}
void pack_wide(operand from, std::size_t k, std::size_t n, float* to, std::size_t panel_step) {
    HWY_DYNAMIC_DISPATCH(PackWide)(from, k, n, to, panel_step);
}
void pack_narrow(operand from, std::size_t rows, std::size_t k, float* to) {
    HWY_DYNAMIC_DISPATCH(PackNarrow)(from, rows, k, to);
}
void pack_narrow_panels(float const* from, std::size_t stride, std::size_t rows, std::size_t k, float* to) {
    HWY_DYNAMIC_DISPATCH(PackNarrowPanels)(from, stride, rows, k, to);
}
std::size_t panel_width() { return HWY_DYNAMIC_DISPATCH(PanelWidth)(); }
std::size_t most_rows() { return HWY_DYNAMIC_DISPATCH(MostRows)(); }
}
#endif
