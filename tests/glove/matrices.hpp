#pragma once
// The including file imports wordmill.core and wordmill.stats first.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// About `share` of the pairs of types, with weights from 1 / 60 to about 1000, most of them small.
inline wordmill::cooccurrence_counts random_counts(std::size_t types, double share, std::uint64_t seed) {
    auto rng = wordmill::random_key(seed).engine();
    std::vector<wordmill::cooccurrence> entries;
    for (std::size_t row = 0; row < types; ++row)
        for (std::size_t column = 0; column < types; ++column)
            if (rng.uniform_double() < share)
                entries.push_back({wordmill::id_at(row), wordmill::id_at(column),
                                   static_cast<std::uint64_t>(std::exp(11 * rng.uniform_double()))});
    return {types, 60, std::move(entries)};
}
