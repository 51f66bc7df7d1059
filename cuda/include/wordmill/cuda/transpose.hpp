// Plain header for clang and nvcc: the same source runs on every back end of Thrust. The transpose of a sparse matrix
// by sorting.
#pragma once
#include "wordmill/cuda/entries.hpp"
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <thrust/binary_search.h>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/transform.h>

namespace wordmill::cuda {
/// A matrix in compressed sparse row form, in arrays that somebody else owns.
template <class Index> struct sparse_arrays {
    Index* offsets; ///< [rows + 1]
    Index* columns; ///< [entries]
    float* values;  ///< [entries]
};

/// Row and value of entry i in 64 bits.
template <class Index> struct entry_of {
    Index const* offsets;
    std::size_t rows;
    float const* values;

    WORDMILL_HOST_DEVICE std::uint64_t operator()(std::uint64_t i) const {
        std::size_t first = 0; // the row lies in first .. last - 1
        for (auto last = rows; last - first > 1;) {
            auto const middle = first + (last - first) / 2;
            if (static_cast<std::uint64_t>(offsets[middle]) <= i)
                first = middle;
            else
                last = middle;
        }
        std::uint32_t bits = 0;
        std::memcpy(&bits, values + i, sizeof bits);
        return static_cast<std::uint64_t>(first) << 32 | bits;
    }
};

/// Takes entry i apart: a row becomes a column.
template <class Index> struct take_entry {
    std::uint64_t const* entries;
    sparse_arrays<Index> to;

    WORDMILL_HOST_DEVICE void operator()(std::uint64_t i) const {
        to.columns[i] = static_cast<Index>(entries[i] >> 32);
        auto const bits = static_cast<std::uint32_t>(entries[i]);
        std::memcpy(to.values + i, &bits, sizeof bits);
    }
};

/// The entries of a matrix, to be sorted by their columns [count], stable.
template <class Policy, class Index> void entries_by_row(Policy const& policy, sparse_arrays<Index> from,
                                                         std::size_t rows, std::size_t count, std::uint64_t* entries) {
    thrust::counting_iterator<std::uint64_t> const first(0);
    thrust::transform(policy, first, first + static_cast<std::ptrdiff_t>(count), entries,
                      entry_of<Index>{from.offsets, rows, from.values});
}

/// The transpose, of which there are `rows` (the columns there were), from entries sorted by `keys`, the columns.
template <class Policy, class Index> void transpose_of_entries(Policy const& policy, std::uint32_t const* keys,
                                                               std::uint64_t const* entries, std::size_t count,
                                                               std::size_t rows, sparse_arrays<Index> to) {
    thrust::counting_iterator<std::uint64_t> const first(0);
    thrust::for_each(policy, first, first + static_cast<std::ptrdiff_t>(count), take_entry<Index>{entries, to});
    thrust::lower_bound(policy, keys, keys + count, first, first + static_cast<std::ptrdiff_t>(rows + 1), to.offsets);
}
}
