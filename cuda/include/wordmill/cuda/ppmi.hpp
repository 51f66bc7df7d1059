// Plain header for clang and nvcc: the same source runs on every back end of Thrust. The policy decides on
// which, and where the arrays lie.
#pragma once
#include "wordmill/cuda/entries.hpp"
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <thrust/copy.h>
#include <thrust/iterator/transform_iterator.h>

namespace wordmill::cuda {
/// log(weight) * scale - rows[row] - columns[column], in double, stored in float.
struct pmi_of {
    double const* rows;    ///< [V]
    double const* columns; ///< [V]
    double scale;

    WORDMILL_HOST_DEVICE valued_entry operator()(weighted_entry const& e) const {
        using std::log;
        auto const value = log(static_cast<double>(e.weight)) * scale - rows[e.row] - columns[e.column];
        return {e.row, e.column, static_cast<float>(value)};
    }
};

struct is_above {
    float threshold;
    WORDMILL_HOST_DEVICE bool operator()(valued_entry const& e) const { return e.value > threshold; }
};

/// Writes the entries whose PMI is above the threshold, in their order, to `to` [count]; returns their number.
template <class Policy> std::size_t ppmi_of_entries(Policy const& policy, weighted_entry const* entries,
                                                    std::size_t count, pmi_of pmi, float threshold, valued_entry* to) {
    auto const values = thrust::make_transform_iterator(entries, pmi);
    return static_cast<std::size_t>(
        thrust::copy_if(policy, values, values + static_cast<std::ptrdiff_t>(count), to, is_above{threshold}) - to);
}
}
