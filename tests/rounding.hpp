// How far rounding may take a computed result from the true one, for tolerances of tests.
#pragma once
#include <cmath>
#include <cstddef>
#include <limits>

/// The most that one rounding of a float changes, relatively: 2^-24.
inline constexpr double float_rounding = 0x1p-24;

/// Bounds the error of a sum of products that is computed in floats, from the values themselves. Each rounding moves
/// the sum by at most 2^-24 of the partial sum (or of the product) that it rounds. Taken as independent and as often up
/// as down, their total stays below `deviations` times the root of the sum of their squares but for a probability of 2
/// exp(-deviations^2 / 2) (Higham & Mary 2019, theorem 2.4): 3e-8 for 6.
class sum_of_products_bound {
public:
    /// Partial sums start again after `restart` products, as in blocked sums; 0: never.
    explicit sum_of_products_bound(std::size_t restart = 0) : restart_(restart) {}

    void add(double a, double b) {
        if (restart_ > 0 && count_++ % restart_ == 0) partial_ = 0;
        partial_ += a * b;
        total_ += a * b;
        squares_ += partial_ * partial_ + a * b * a * b; // the sum, and the product where it is not fused
    }
    /// The result itself is rounded too, as often as it is stored.
    [[nodiscard]] double bound(std::size_t stores = 1) const {
        return deviations * float_rounding * std::sqrt(squares_ + static_cast<double>(stores) * total_ * total_);
    }

private:
    static constexpr double deviations = 6;
    std::size_t restart_;
    std::size_t count_ = 0;
    double partial_ = 0;
    double total_ = 0;
    double squares_ = 0;
};
