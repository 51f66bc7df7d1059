// Adds to CUDA's header of this name what only nvcc declares: threadIdx, barriers, shuffles, atomics and those
// intrinsics that our kernels use. Left out on purpose: __activemask(), and __shared__, in whose place there is
// block_memory().
#pragma once
#include_next <cuda_runtime.h>

#include "../emulator.hpp"
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#undef __launch_bounds__
#define __launch_bounds__(...)
#undef __shared__
#define __shared__ take block_memory instead of shared

namespace emulator {
template <class T> std::uint64_t to_bits(T value) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= 8);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
}
template <class T> T from_bits(std::uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
inline unsigned lane() { return (threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z)) % 32; }

inline std::uint64_t value_of(values_of_lanes const& given, unsigned mask, unsigned from) {
    if ((mask >> from & 1) == 0) fail("a lane reads from lane " + std::to_string(from) + ", which gives nothing");
    return given[from];
}
template <class T> T shuffle(unsigned mask, T value, unsigned from, place where) {
    return from_bits<T>(meet_warp(mask, to_bits(value), from, value_of, false, where));
}
inline std::uint64_t votes(values_of_lanes const& given, unsigned, unsigned) {
    std::uint64_t out = 0;
    for (unsigned i = 0; i < 32; ++i) out |= std::uint64_t{given[i] != 0} << i;
    return out;
}
template <auto Operation, class T> std::uint64_t reduced(values_of_lanes const& given, unsigned mask, unsigned) {
    auto out = from_bits<T>(given[static_cast<unsigned>(std::countr_zero(mask))]);
    for (mask &= mask - 1; mask != 0; mask &= mask - 1)
        out = Operation(out, from_bits<T>(given[static_cast<unsigned>(std::countr_zero(mask))]));
    return to_bits(out);
}
template <auto Operation, class T> T reduce(unsigned mask, T value, place where) {
    static_assert(std::is_integral_v<T> && sizeof(T) == 4);
    return from_bits<T>(meet_warp(mask, to_bits(value), 0, reduced<Operation, T>, false, where));
}
}

// Functions that meet other threads. `at` is the place of the call.

inline void __syncthreads(emulator::place at = emulator::place::current()) { emulator::meet_block(at); }
inline void __syncwarp(unsigned mask = 0xffffffff, emulator::place at = emulator::place::current()) {
    emulator::meet_warp(mask, 0, 0, emulator::votes, true, at);
}
template <class T>
T __shfl_sync(unsigned mask, T x, int from, int width = 32, emulator::place at = emulator::place::current()) {
    auto const w = static_cast<unsigned>(width);
    return emulator::shuffle(mask, x, (emulator::lane() & ~(w - 1)) + (static_cast<unsigned>(from) & (w - 1)), at);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T x, int bits, int width = 32, emulator::place at = emulator::place::current()) {
    auto const me = emulator::lane(), from = me ^ static_cast<unsigned>(bits), w = static_cast<unsigned>(width);
    return emulator::shuffle(mask, x, from / w > me / w ? me : from, at);
}
template <class T>
T __shfl_down_sync(unsigned mask, T x, unsigned by, int width = 32, emulator::place at = emulator::place::current()) {
    auto const me = emulator::lane(), w = static_cast<unsigned>(width);
    return emulator::shuffle(mask, x, me % w + by < w ? me + by : me, at);
}
template <class T>
T __shfl_up_sync(unsigned mask, T x, unsigned by, int width = 32, emulator::place at = emulator::place::current()) {
    auto const me = emulator::lane(), w = static_cast<unsigned>(width);
    return emulator::shuffle(mask, x, me % w >= by ? me - by : me, at);
}
inline unsigned __ballot_sync(unsigned mask, int p, emulator::place at = emulator::place::current()) {
    return static_cast<unsigned>(emulator::meet_warp(mask, p != 0, 0, emulator::votes, false, at));
}
inline int __any_sync(unsigned mask, int p, emulator::place at = emulator::place::current()) {
    return __ballot_sync(mask, p, at) != 0;
}
inline int __all_sync(unsigned mask, int p, emulator::place at = emulator::place::current()) {
    return __ballot_sync(mask, p, at) == mask;
}
template <class T> T __reduce_add_sync(unsigned mask, T x, emulator::place at = emulator::place::current()) {
    return emulator::reduce<[](auto a, auto b) { return a + b; }>(mask, x, at);
}
template <class T> T __reduce_min_sync(unsigned mask, T x, emulator::place at = emulator::place::current()) {
    return emulator::reduce<[](auto a, auto b) { return std::min(a, b); }>(mask, x, at);
}
template <class T> T __reduce_max_sync(unsigned mask, T x, emulator::place at = emulator::place::current()) {
    return emulator::reduce<[](auto a, auto b) { return std::max(a, b); }>(mask, x, at);
}

// Accesses to memory that other threads use at the same time. Anything else is a race to the thread sanitizer.

template <class T> T atomicAdd(T* to, std::type_identity_t<T> x) {
    emulator::pause();
    return std::atomic_ref(*to).fetch_add(x, std::memory_order_relaxed);
}
template <class T> T atomicSub(T* to, std::type_identity_t<T> x) {
    emulator::pause();
    return std::atomic_ref(*to).fetch_sub(x, std::memory_order_relaxed);
}
template <class T> T atomicOr(T* to, std::type_identity_t<T> x) {
    emulator::pause();
    return std::atomic_ref(*to).fetch_or(x, std::memory_order_relaxed);
}
template <class T> T atomicAnd(T* to, std::type_identity_t<T> x) {
    emulator::pause();
    return std::atomic_ref(*to).fetch_and(x, std::memory_order_relaxed);
}
template <class T> T atomicExch(T* to, std::type_identity_t<T> x) {
    emulator::pause();
    return std::atomic_ref(*to).exchange(x, std::memory_order_relaxed);
}
template <class T> T atomicCAS(T* to, std::type_identity_t<T> expected, std::type_identity_t<T> x) {
    emulator::pause();
    std::atomic_ref(*to).compare_exchange_strong(expected, x, std::memory_order_relaxed);
    return expected;
}
template <class T> T atomicMax(T* to, std::type_identity_t<T> x) {
    emulator::pause();
    T before = std::atomic_ref(*to).load(std::memory_order_relaxed);
    while (before < x && !std::atomic_ref(*to).compare_exchange_weak(before, x, std::memory_order_relaxed)) {}
    return before;
}
template <class T> T atomicMin(T* to, std::type_identity_t<T> x) {
    emulator::pause();
    T before = std::atomic_ref(*to).load(std::memory_order_relaxed);
    while (x < before && !std::atomic_ref(*to).compare_exchange_weak(before, x, std::memory_order_relaxed)) {}
    return before;
}
/// Bypasses the first-level cache. 4 bytes at a time: as on a GPU, wider values may tear.
template <class T> T __ldcg(T const* from) {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);
    emulator::pause();
    std::array<std::uint32_t, sizeof(T) / 4> words;
    for (std::size_t i = 0; i < words.size(); ++i)
        words[i] = __atomic_load_n(reinterpret_cast<std::uint32_t const*>(from) + i, __ATOMIC_RELAXED);
    return std::bit_cast<T>(words);
}
template <class T> void __stcg(T* to, std::type_identity_t<T> value) {
    auto const words = std::bit_cast<std::array<std::uint32_t, sizeof(T) / 4>>(value);
    for (std::size_t i = 0; i < words.size(); ++i)
        __atomic_store_n(reinterpret_cast<std::uint32_t*>(to) + i, words[i], __ATOMIC_RELAXED);
    emulator::pause();
}
template <class T> T __ldg(T const* from) { return *from; }

// Arithmetic. Fast variants are as precise as the exact ones here, unlike on a GPU.

inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
inline float __expf(float x) { return std::exp(x); }
inline float __logf(float x) { return std::log(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline float rsqrtf(float x) { return 1 / std::sqrt(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return static_cast<unsigned>(std::uint64_t{a} * b >> 32); }
inline unsigned __float_as_uint(float x) { return std::bit_cast<unsigned>(x); }
inline float __uint_as_float(unsigned x) { return std::bit_cast<float>(x); }
inline int __popc(unsigned x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline int __clz(int x) { return std::countl_zero(static_cast<unsigned>(x)); }
inline int __ffs(int x) { return x == 0 ? 0 : std::countr_zero(static_cast<unsigned>(x)) + 1; }
