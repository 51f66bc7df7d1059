#include "sparse_kernels.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "sparse_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t summed_at_once = 512; // entries; longer sums in floats would lose precision

/// N registers of columns at x and y. `Apart` sums run side by side, to hide the latency of adding.
template <std::size_t N, std::size_t Apart, class D>
HWY_INLINE void columns_of_rows(D d, sparse_rows const& a, std::size_t first, std::size_t last,
                                dense_rows<float const> x, dense_rows<float> y, bool adds) {
    auto const lanes = hn::Lanes(d);
    for (std::size_t r = first; r < last; ++r) {
        std::size_t const row_end = a.ends[r];
        std::size_t i = a.begins[r];
        if (adds && i == row_end) continue;
        auto* const out = y.data + r * y.stride;
        hn::Vec<D> total[N], lost[N]; // sums of sums, compensated (Kahan 1965)
        for (std::size_t k = 0; k < N; ++k) total[k] = adds ? hn::LoadU(d, out + k * lanes) : hn::Zero(d);
        for (auto& l : lost) l = hn::Zero(d);
        while (i < row_end) {
            auto const end = std::min(row_end, i + summed_at_once);
            hn::Vec<D> sums[Apart][N];
            for (auto& some : sums)
                for (auto& s : some) s = hn::Zero(d);
            auto const add = [&](std::size_t at, hn::Vec<D>* to) HWY_ATTR {
                auto const* const from = x.data + a.columns[at] * x.stride;
                auto const value = hn::Set(d, a.values[at]);
                for (std::size_t k = 0; k < N; ++k) to[k] = hn::MulAdd(value, hn::LoadU(d, from + k * lanes), to[k]);
            };
            for (; i + Apart <= end; i += Apart)
                for (std::size_t u = 0; u < Apart; ++u) add(i + u, sums[u]);
            for (; i < end; ++i) add(i, sums[0]);
            for (std::size_t k = 0; k < N; ++k) {
                for (std::size_t u = 1; u < Apart; ++u) sums[0][k] = hn::Add(sums[0][k], sums[u][k]);
                auto const more = hn::Sub(sums[0][k], lost[k]);
                auto const next = hn::Add(total[k], more);
                lost[k] = hn::Sub(hn::Sub(next, total[k]), more);
                total[k] = next;
            }
        }
        for (std::size_t k = 0; k < N; ++k) hn::StoreU(total[k], d, out + k * lanes);
    }
}

HWY_NOINLINE void SparseTimesDense(sparse_rows const& a, std::size_t first, std::size_t last, dense_rows<float const> x,
                                   std::size_t width, dense_rows<float> y, bool adds) {
    hn::ScalableTag<float> const d;
    auto const lanes = hn::Lanes(d);
    std::size_t c = 0;
    auto const some = [&]<std::size_t N, std::size_t Apart>() {
        for (; width - c >= N * lanes; c += N * lanes)
            columns_of_rows<N, Apart>(d, a, first, last, {x.data + c, x.stride}, {y.data + c, y.stride}, adds);
    };
    some.template operator()<8, 1>();
    some.template operator()<7, 1>();
    some.template operator()<6, 1>();
    some.template operator()<5, 1>();
    some.template operator()<4, 1>();
    some.template operator()<3, 2>();
    some.template operator()<2, 2>();
    some.template operator()<1, 4>();
    hn::CappedTag<float, 1> const one;
    for (; c < width; ++c)
        columns_of_rows<1, 4>(one, a, first, last, {x.data + c, x.stride}, {y.data + c, y.stride}, adds);
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::kernels {
HWY_EXPORT(SparseTimesDense);

void sparse_times_dense(sparse_rows const& a, std::size_t first, std::size_t last, dense_rows<float const> x,
                        std::size_t width, dense_rows<float> y, bool adds) {
    HWY_DYNAMIC_DISPATCH(SparseTimesDense)(a, first, last, x, width, y, adds);
}
}
#endif
