// For .cu files only: CUB's radix sort, used directly because Thrust cannot sort by some of the bits.
#pragma once
#include "queue.hpp"
#include <cstddef>
#include <cstdint>
#include <cub/device/device_radix_sort.cuh>

namespace wordmill::cuda {
/// Sorts keys by bits `low` to `high` - 1. Returns where the sorted keys are: `keys` or `space` [count]. The contents
/// of the other array are undefined.
inline std::uint64_t* sorted_keys(queue& q, std::uint64_t* keys, std::uint64_t* space, std::size_t count, unsigned low,
                                  unsigned high) {
    if (low >= high) return keys;
    cub::DoubleBuffer<std::uint64_t> both(keys, space);
    auto const sort = [&](void* memory, std::size_t& bytes) {
        check(cub::DeviceRadixSort::SortKeys(memory, bytes, both, count, static_cast<int>(low), static_cast<int>(high),
                                             q.stream()),
              "radix sort");
    };
    std::size_t bytes = 0;
    sort(nullptr, bytes);
    array<char> const memory(q, bytes);
    sort(memory.data(), bytes);
    return both.Current();
}

/// The same for keys with values, which move together.
template <class Key, class Value> void sort_pairs(queue& q, cub::DoubleBuffer<Key>& keys,
                                                  cub::DoubleBuffer<Value>& values, std::size_t count, unsigned high) {
    auto const sort = [&](void* memory, std::size_t& bytes) {
        check(
            cub::DeviceRadixSort::SortPairs(memory, bytes, keys, values, count, 0, static_cast<int>(high), q.stream()),
            "radix sort");
    };
    std::size_t bytes = 0;
    sort(nullptr, bytes);
    array<char> const memory(q, bytes);
    sort(memory.data(), bytes);
}
}
