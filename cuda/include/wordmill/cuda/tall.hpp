// Plain header for clang and nvcc: element-wise operations on tall matrices; tests run them on every back end of
// Thrust.
#pragma once
#include "wordmill/cuda/entries.hpp"
#include <cstddef>
#include <cstdint>

namespace wordmill::cuda {
/// A row-major matrix with many rows, consecutive ones `stride` elements apart. A pointer to device memory may be
/// dereferenced on the device only.
struct tall {
    float* data;
    std::size_t rows;
    std::size_t columns;
    std::size_t stride;
};

/// Element i of a matrix [.., columns] without gaps becomes that of x, in double precision. For up to 2^32 elements.
struct widen {
    float const* x;
    std::size_t stride;
    std::uint32_t columns;
    double* to;

    WORDMILL_HOST_DEVICE void operator()(std::uint32_t i) const {
        auto const row = i / columns;
        to[i] = static_cast<double>(x[row * stride + (i - row * columns)]);
    }
};

/// Element i of `to`, counted without gaps, becomes that of x over its column's divisor.
struct divide_columns {
    tall x;
    double const* divisors; ///< [columns]
    tall to;

    WORDMILL_HOST_DEVICE void operator()(std::uint64_t i) const {
        auto const row = i / x.columns;
        auto const column = i - row * x.columns;
        auto const quotient = static_cast<double>(x.data[row * x.stride + column]) / divisors[column];
        to.data[row * to.stride + column] = static_cast<float>(quotient);
    }
};

/// Adds element i of `shares` matrices of `size` elements, one after the other, to that of a matrix.
struct add_shares {
    double const* x;
    std::size_t shares;
    std::size_t size;
    double* to;

    WORDMILL_HOST_DEVICE void operator()(std::uint64_t i) const {
        auto sum = to[i];
        for (std::size_t share = 0; share < shares; ++share) sum += x[share * size + i];
        to[i] = sum;
    }
};

/// Sum i of [shares, columns]: of the squares of (x - y diag(s)) in a column, over the rows r with r % shares = i /
/// columns.
struct squares_of_difference {
    tall x;
    tall y;
    double const* s; ///< [columns]
    std::size_t shares;
    double* sums; ///< [shares, columns]

    WORDMILL_HOST_DEVICE void operator()(std::uint64_t i) const {
        auto const share = i / x.columns;
        auto const column = i - share * x.columns;
        double sum = 0;
        for (auto r = share; r < x.rows; r += shares) {
            auto const difference = static_cast<double>(x.data[r * x.stride + column])
                                    - s[column] * static_cast<double>(y.data[r * y.stride + column]);
            sum += difference * difference;
        }
        sums[i] = sum;
    }
};
}
