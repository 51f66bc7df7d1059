module;
#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>
module wordmill.linear_algebra;
import :principal_components;
import wordmill.core;

namespace wordmill {
namespace {
constexpr std::size_t most_dimensions = 4096; // a covariance of 128 MiB
constexpr std::size_t rows_at_once = 256;

using matrix_of_double = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::Map<Eigen::VectorXf const> mapped(std::span<float const> row) {
    return {row.data(), static_cast<Eigen::Index>(row.size())};
}

/// The sum of the outer products of the rows minus the mean; only the lower triangle.
Eigen::MatrixXd scatter(matrix_view<float const> rows, Eigen::VectorXd const& mean) {
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(mean.size(), mean.size());
    for (std::size_t first = 0; first < rows.rows; first += rows_at_once) {
        auto const n = std::min(rows_at_once, rows.rows - first);
        matrix_of_double some(static_cast<Eigen::Index>(n), mean.size());
        for (std::size_t i = 0; i < n; ++i)
            some.row(static_cast<Eigen::Index>(i)) = mapped(rows.row(first + i)).cast<double>() - mean;
        sum.selfadjointView<Eigen::Lower>().rankUpdate(some.transpose());
    }
    return sum;
}
}

principal_components::principal_components(matrix_view<float const> rows, std::size_t count) {
    expect(rows.rows > 0 && rows.columns > 0, "principal components need a row");
    if (rows.columns > most_dimensions)
        throw error(failure::resource, "principal components: expected at most " + std::to_string(most_dimensions)
                                           + " dimensions, found " + std::to_string(rows.columns));
    auto const dimension = static_cast<Eigen::Index>(rows.columns);
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(dimension);
    for (std::size_t i = 0; i < rows.rows; ++i) mean += mapped(rows.row(i)).cast<double>();
    mean /= static_cast<double>(rows.rows);
    mean_.assign(mean.begin(), mean.end());

    auto const sum = scatter(rows, mean);
    auto const total = sum.trace();
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solved(sum); // eigenvalues ascend
    for (Eigen::Index k = 0; k < std::min(static_cast<Eigen::Index>(count), dimension); ++k) {
        auto const at = dimension - 1 - k;
        Eigen::VectorXd direction = solved.eigenvectors().col(at);
        Eigen::Index largest = 0;
        direction.cwiseAbs().maxCoeff(&largest);
        if (direction[largest] < 0) direction = -direction;
        directions_.insert(directions_.end(), direction.begin(), direction.end());
        shares_.push_back(total > 0 ? std::max(0.0, solved.eigenvalues()[at]) / total : 0);
    }
}

std::span<double const> principal_components::direction(std::size_t component) const {
    expect(component < size(), "no such component");
    return std::span(directions_).subspan(component * mean_.size(), mean_.size());
}

std::vector<double> principal_components::project(std::span<float const> row) const {
    expect(row.size() == mean_.size(), "a row of as many dimensions as the components have");
    std::vector<double> at(size());
    for (std::size_t k = 0; k < at.size(); ++k)
        for (std::size_t d = 0; d < row.size(); ++d)
            at[k] += (static_cast<double>(row[d]) - mean_[d]) * directions_[k * mean_.size() + d];
    return at;
}
}
