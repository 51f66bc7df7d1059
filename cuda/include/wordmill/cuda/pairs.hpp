// Plain header for clang and nvcc: the same source runs on every back end of Thrust. Adds up the weights of pairs of
// tokens by sorting.
#pragma once
#include "wordmill/cuda/entries.hpp"
#include <cstddef>
#include <cstdint>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/reduce.h>
#include <thrust/transform.h>

namespace wordmill::cuda {
/// The layout of a pair in 64 bits (row above column above distance), and the number of bits of an id to sort by.
struct pair_bits {
    unsigned id;       ///< of each id
    unsigned distance; ///< the lowest bits
    unsigned used;     ///< of an id: all are below 2^used

    /// Keys made by `sortable_pair` differ in the bits from `distance` up to and without this one.
    [[nodiscard]] WORDMILL_HOST_DEVICE unsigned end() const { return distance + 2 * used; }
};

/// A pair without the unused bits between row and column, so that fewer bits are sorted. `turned`: row and column are
/// swapped.
struct sortable_pair {
    pair_bits bits;
    bool turned;

    WORDMILL_HOST_DEVICE std::uint64_t operator()(std::uint64_t pair) const {
        auto const mask = (std::uint64_t{1} << bits.id) - 1;
        auto row = pair >> (bits.id + bits.distance);
        auto column = pair >> bits.distance & mask;
        if (turned) {
            auto const other = row;
            row = column;
            column = other;
        }
        auto const distance = pair & ((std::uint64_t{1} << bits.distance) - 1);
        return (row << bits.used | column) << bits.distance | distance;
    }
};

/// Row above column, 32 bits each, of a sortable pair.
struct place_of_pair {
    pair_bits bits;

    WORDMILL_HOST_DEVICE std::uint64_t operator()(std::uint64_t pair) const {
        auto const ids = pair >> bits.distance;
        return ids >> bits.used << 32 | (ids & ((std::uint64_t{1} << bits.used) - 1));
    }
};

/// The weight of a sortable pair, by its distance. Where pairs count in both directions, the diagonal counts twice, in
/// the pairs that are not turned.
struct weight_of_pair {
    pair_bits bits;
    std::uint32_t const* weights; ///< [2^distance bits]
    bool both_ways;
    bool turned;

    WORDMILL_HOST_DEVICE std::uint64_t operator()(std::uint64_t pair) const {
        std::uint64_t const weight = weights[pair & ((std::uint64_t{1} << bits.distance) - 1)];
        auto const place = place_of_pair{bits}(pair);
        if (!both_ways || place >> 32 != (place & 0xffffffff)) return weight;
        return turned ? 0 : 2 * weight;
    }
};

/// The sums of sortable pairs in order: `places` [count], rising, and `sums` [count], which may be 0 on the diagonal;
/// returns their number. No sum of fewer than 2^31 pairs overflows.
template <class Policy> std::size_t add_up_pairs(Policy const& policy, std::uint64_t const* pairs, std::size_t count,
                                                 weight_of_pair weight, std::uint64_t* places, std::uint64_t* sums) {
    auto const keys = thrust::make_transform_iterator(pairs, place_of_pair{weight.bits});
    auto const ends = thrust::reduce_by_key(policy, keys, keys + static_cast<std::ptrdiff_t>(count),
                                            thrust::make_transform_iterator(pairs, weight), places, sums);
    return static_cast<std::size_t>(ends.first - places);
}
}
