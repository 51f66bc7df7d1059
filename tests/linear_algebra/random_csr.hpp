// Sparse matrices for tests; const, since only views of constants are taken.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// Each entry is there with that probability, between -1 and 1 but for a few rows and columns that are heavy.
inline wordmill::csr<float> const random_csr(std::size_t rows, std::size_t columns, double density,
                                             std::uint64_t seed = 1) {
    auto random = wordmill::random_key(seed).engine();
    std::vector<std::uint64_t> offsets{0};
    std::vector<std::uint32_t> columns_of;
    std::vector<float> values;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            auto const heavy = r % 50 == 1 || c % 50 == 2;
            if (random.uniform_double() >= (heavy ? 0.5 : density)) continue;
            columns_of.push_back(static_cast<std::uint32_t>(c));
            values.push_back((heavy ? 2.0F : 1.0F) * (2 * random.uniform() - 1));
        }
        offsets.push_back(values.size());
    }
    return {columns, std::move(offsets), std::move(columns_of), std::move(values)};
}

/// The entries that are not 0.
inline wordmill::csr<float> const sparse(std::vector<std::vector<float>> const& rows, std::size_t columns) {
    std::vector<std::uint64_t> offsets{0};
    std::vector<std::uint32_t> columns_of;
    std::vector<float> values;
    for (auto const& row : rows) {
        for (std::size_t c = 0; c < row.size(); ++c)
            if (row[c] != 0) {
                columns_of.push_back(static_cast<std::uint32_t>(c));
                values.push_back(row[c]);
            }
        offsets.push_back(values.size());
    }
    return {columns, std::move(offsets), std::move(columns_of), std::move(values)};
}
