#include "bf16.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/bf16_kernels.cpp"
// clang-format off: the order matters
#include <hwy/foreach_target.h> // includes this file once for every instruction set
#include "cpu_vectors-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace wordmill::bf16_kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using tag = hn::CappedTag<float, 16>;
using half_tag = hn::Rebind<std::uint16_t, tag>;

/// Rounds to the nearest, ties to even. NaNs stay NaNs; plain rounding could turn them into infinity.
HWY_INLINE hn::Vec<half_tag> rounded(hn::Vec<tag> v) {
    hn::RebindToUnsigned<tag> const du;
    hn::RebindToSigned<tag> const di;
    auto const bits = hn::BitCast(du, v);
    auto const last = hn::And(hn::ShiftRight<16>(bits), hn::Set(du, 1));
    auto const nearest = hn::ShiftRight<16>(hn::Add(bits, hn::Add(last, hn::Set(du, 0x7FFF))));
    auto const quiet = hn::Or(hn::ShiftRight<16>(bits), hn::Set(du, 0x40));
    auto const upper = hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), quiet, nearest);
    return hn::DemoteTo(half_tag(), hn::BitCast(di, upper));
}

/// Stores the next values of a row that has `left` values left.
HWY_INLINE void put(hn::Vec<tag> v, std::uint16_t* to, std::size_t left) {
    half_tag const dh;
    if (HWY_LIKELY(left >= hn::Lanes(dh))) return hn::StoreU(rounded(v), dh, to);
    HWY_ALIGN std::uint16_t some[16];
    hn::Store(rounded(v), dh, some);
    std::memcpy(to, some, left * sizeof(std::uint16_t));
}

HWY_NOINLINE void RoundRows(float const* from, std::size_t i_step, std::size_t rows, std::size_t columns,
                            std::uint16_t* to) {
    auto const w = hn::Lanes(tag());
    for (std::size_t r = 0; r < rows; ++r, from += i_step, to += columns)
        for (std::size_t c = 0; c < columns; c += w)
            put(cpu_kernels::HWY_NAMESPACE::load(from + c, columns - c), to + c, columns - c);
}

/// For columns that are contiguous. Works down strips of columns, whose cache lines are soon needed again.
HWY_NOINLINE void RoundColumns(float const* from, std::size_t j_step, std::size_t rows, std::size_t columns,
                               std::uint16_t* to) {
    constexpr std::size_t most_step = std::size_t{1} << 26; // of a gather
    tag const d;
    hn::RebindToSigned<tag> const di;
    auto const w = hn::Lanes(d);
    auto const gathers = j_step < most_step;
    auto const places = hn::Mul(hn::Iota(di, 0), hn::Set(di, gathers ? static_cast<int>(j_step) : 0));
    for (std::size_t c = 0; c < columns; c += w) {
        auto const* const strip = from + c * j_step;
        auto const left = columns - c;
        for (std::size_t r = 0; r < rows; ++r) {
            if (left >= w && gathers) {
                put(hn::GatherIndex(d, strip + r, places), to + r * columns + c, left);
                continue;
            }
            HWY_ALIGN float some[16] = {};
            for (std::size_t j = 0; j < w && j < left; ++j) some[j] = strip[r + j * j_step];
            put(hn::Load(d, some), to + r * columns + c, left);
        }
    }
}
}
}
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wordmill::bf16_kernels {
HWY_EXPORT(RoundRows);
HWY_EXPORT(RoundColumns);

void round_rows(float const* from, std::size_t i_step, std::size_t rows, std::size_t columns, std::uint16_t* to) {
    HWY_DYNAMIC_DISPATCH(RoundRows)(from, i_step, rows, columns, to);
}
void round_columns(float const* from, std::size_t j_step, std::size_t rows, std::size_t columns, std::uint16_t* to) {
    HWY_DYNAMIC_DISPATCH(RoundColumns)(from, j_step, rows, columns, to);
}
}
#endif
