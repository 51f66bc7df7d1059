export module wordmill.linear_algebra:principal_components;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The directions of largest variance of some rows, exactly: the eigenvectors of their D x D covariance, in double
/// precision (Pearson 1901, Hotelling 1933). The same rows give the same directions: the entry of largest magnitude
/// in each is positive.
export class principal_components {
public:
    /// `rows` is [N, D], N > 0. `failure::resource` for more than 4096 dimensions.
    principal_components(matrix_view<float const> rows, std::size_t count);

    [[nodiscard]] std::size_t size() const noexcept { return shares_.size(); } ///< k, at most D
    /// [k]: shares of the variance of the rows, falling; 0 when all rows are the same.
    [[nodiscard]] std::span<double const> shares() const noexcept { return shares_; }
    /// Direction `component` [D], of length 1.
    [[nodiscard]] std::span<double const> direction(std::size_t component) const;
    /// The coordinates [k] of a row [D] relative to the mean of `rows`. The row need not be one of these.
    [[nodiscard]] std::vector<double> project(std::span<float const> row) const;

private:
    std::vector<double> mean_;       // [D]
    std::vector<double> directions_; // [k, D]
    std::vector<double> shares_;     // [k]
};
}
