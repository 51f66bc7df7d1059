module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>
#include <vector>
module wordmill.linear_algebra;
import wordmill.compute;
import wordmill.core;
import :decompositions;
import :svd_subspaces;
import :tall_matrix;
import :truncated_svd;

namespace wordmill::detail {
namespace {
constexpr auto block = lanczos_block;
constexpr double rounding = 0x1p-24; // of single precision

matrix_view<double const> rows_of(matrix<double> const& m, std::size_t from, std::size_t rows, std::size_t columns) {
    return {m.view().data + from * m.columns(), rows, columns, m.columns()};
}

/// Block Lanczos on A^T A with full reorthogonalisation. The basis V is [n, width + block]. It begins with `done_`
/// columns whose products with A^T A are known: A^T A V lies in the span of V and X, with coefficients H. The next
/// block X follows them. A full basis is replaced by its best Ritz vectors ("thick restart").
class lanczos {
public:
    lanczos(svd_problem& problem, truncated_svd_options const& options)
        : problem_(problem),
          wanted_(options.rank),
          key_(options.key),
          width_(lanczos_width(options.rank)),
          basis_(problem.arithmetic, problem.columns, width_ + block),
          x_(problem.arithmetic, problem.columns, block),
          z_(problem.arithmetic, problem.columns, block),
          y_(problem.arithmetic, problem.rows, block),
          h_(width_ + block, width_ + block) {
        fill_random_columns(arithmetic(), key_, z_.first(block));
        add_block(z_, 0);
    }

    /// Returns whether the wanted Ritz pairs are accurate enough; their vectors are then the first of the basis.
    bool cycle(double tolerance, std::size_t& steps_left) {
        while (done_ + block <= width_ && steps_left > 0) {
            step();
            --steps_left;
        }
        auto const found = largest_eigenpairs(rows_of(h_, 0, done_, done_), std::min(done_, kept()));
        return restart(found, tolerance);
    }
    /// Whether single precision makes the wanted Ritz vectors inaccurate. A product with A^T A has an error of about
    /// 2^-24 s_1^2 in any direction, so the directions of a singular value s are accurate to about 2^-24 (s_1 / s)^2.
    [[nodiscard]] bool is_blurred(double tolerance) const {
        auto const smallest = std::max(0.0, h_.view()(wanted_ - 1, wanted_ - 1)), largest = h_.view()(0, 0);
        return smallest * std::sqrt(tolerance / 2) < 16 * rounding * largest;
    }
    /// The singular values as of the last restart.
    [[nodiscard]] std::vector<double> values() const {
        std::vector<double> s;
        for (std::size_t i = 0; i < done_; ++i) s.push_back(std::sqrt(std::max(0.0, h_.view()(i, i))));
        return s;
    }
    /// The first `columns` Ritz vectors that the last restart kept.
    [[nodiscard]] svd_subspace found(bool converged, std::size_t columns) {
        columns = std::min(columns, done_);
        svd_subspace space{
            .basis = tall_matrix(arithmetic(), basis_.rows(), columns), .columns = columns, .converged = converged};
        arithmetic().copy(basis_.first(columns), space.basis.first(columns));
        return space;
    }

private:
    [[nodiscard]] std::size_t kept() const noexcept { return wanted_ + 2 * block; }
    tall_arithmetic& arithmetic() { return problem_.arithmetic; }

    /// Turns z into the next block: orthogonal to the first `known` columns and of full rank. Directions in which A^T A
    /// does not leave the span of the basis are replaced by random ones.
    void add_block(tall_matrix& z, std::size_t known) {
        matrix<double> leads(block, block); // z = V .. + X leads
        std::size_t have = 0;
        auto const add = [&](double negligible, bool random) {
            auto const before = known + have;
            auto columns = block - have;
            matrix<double> r(columns, columns);
            for (std::size_t i = 0; i < columns; ++i) r.view()(i, i) = 1;
            for (int pass = 0; pass < 4 && columns > 0; ++pass) {
                auto const part = z.first(columns);
                auto const inside = arithmetic().quick_gram(basis_.first(before), part);
                arithmetic().subtract(basis_.first(before), inside.view(), part);
                auto const lengths = arithmetic().orthonormalize(part, negligible);
                r = product(lengths.view(), r.view());
                columns = lengths.rows();
                negligible = 0;
                if (is_clean(inside, lengths)) break;
            }
            arithmetic().copy(z.first(columns), basis_.some(before, columns));
            if (!random)
                for (std::size_t i = 0; i < r.rows(); ++i)
                    std::ranges::copy(r.view().row(i), leads.view().row(i).begin());
            have += columns;
        };
        add(rounding * 8 * scale_, false);
        while (have < block) {
            fill_random_columns(arithmetic(), key_.fold_in(++fills_), z.first(block - have));
            add(0, true);
        }
        arithmetic().copy(basis_.some(known, block), x_.first(block));
        leads_ = std::move(leads);
    }
    /// Whether columns are orthogonal to the basis after their part `inside` it was subtracted and a rest with the
    /// lengths of the rows of `lengths` remained. Rounding leaves about 1e-7 of the subtracted part, which matters more
    /// the shorter the rest is.
    static bool is_clean(matrix<double> const& inside, matrix<double> const& lengths) {
        auto const length = [](std::span<double const> row) {
            return std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0));
        };
        if (lengths.rows() == 0) return true;
        auto const least = length(lengths.view().row(lengths.rows() - 1)), most = length(lengths.view().row(0));
        auto const taken = length({inside.view().data, inside.rows() * inside.columns()});
        return least * 10 > taken && least * 30 > most;
    }

    void step() {
        problem_.times(x_, y_, block);
        problem_.transposed_times(y_, z_, block);
        auto const x = basis_.some(done_, block);
        auto const z = z_.first(block);
        auto const own = arithmetic().gram(x_.first(block), z);
        auto const h = h_.view();
        for (std::size_t i = 0; i < block; ++i)
            for (std::size_t j = 0; j < block; ++j) h(done_ + i, done_ + j) = (own.view()(i, j) + own.view()(j, i)) / 2;
        // Subtracts the known parts of V^T A^T A X first; `add_block` removes what rounding left of the other parts.
        arithmetic().subtract(x, own.view(), z);
        auto const coupled = done_ - coupled_from_;
        arithmetic().subtract(basis_.some(coupled_from_, coupled), {&h(coupled_from_, done_), coupled, block, h.stride},
                              z);
        scale_ = 0;
        for (std::size_t i = 0; i < block; ++i) scale_ = std::max(scale_, h(done_ + i, done_ + i));
        add_block(z_, done_ + block);
        for (std::size_t i = 0; i < block; ++i)
            for (std::size_t j = 0; j < block; ++j)
                h(done_ + block + i, done_ + j) = h(done_ + j, done_ + block + i) = leads_.view()(i, j);
        coupled_from_ = done_;
        done_ += block;
    }

    bool restart(eigenpairs const& found, double tolerance) {
        auto const count = found.values.size();
        auto const largest = found.values[0];
        // A^T A V y - theta y = X (leads of the last block) y
        auto const residuals = product(leads_.view(), rows_of(found.vectors, done_ - block, block, count));
        bool good = count >= wanted_;
        for (std::size_t j = 0; j < std::min(count, wanted_); ++j) {
            double squares = 0;
            for (std::size_t i = 0; i < block; ++i) squares += residuals.view()(i, j) * residuals.view()(i, j);
            // The error of an eigenvalue is the square of the residual over a gap (Kato & Temple); in our experience
            // the relative error is about four times the square of the relative residual. That of a singular value is
            // half as large.
            auto const length = std::sqrt(squares);
            auto const value = std::max(0.0, found.values[j]);
            auto const aim = std::max(value * std::sqrt(tolerance / 2), 16 * rounding * std::sqrt(value * largest));
            good = good && length <= aim;
        }
        arithmetic().rotate(basis_.first(done_), found.vectors.view());
        arithmetic().copy(x_.first(block), basis_.some(count, block));
        h_ = matrix<double>(width_ + block, width_ + block);
        for (std::size_t j = 0; j < count; ++j) {
            h_.view()(j, j) = found.values[j];
            for (std::size_t i = 0; i < block; ++i)
                h_.view()(count + i, j) = h_.view()(j, count + i) = residuals.view()(i, j);
        }
        coupled_from_ = 0;
        done_ = count;
        return good;
    }

    svd_problem& problem_;
    std::size_t wanted_;
    random_key key_;
    std::size_t width_;
    tall_matrix basis_;
    tall_matrix x_; // the columns from `done_` on of the basis, without gaps
    tall_matrix z_;
    tall_matrix y_;
    matrix<double> h_;     // V^T A^T A V
    matrix<double> leads_; // [block, block]: from the last block to X
    std::size_t done_ = 0;
    std::size_t coupled_from_ = 0; // A^T A X has parts only in the columns from here on, X, and outside the basis
    double scale_ = 0;             // of A^T A X
    std::uint64_t fills_ = 0;
};
}

namespace {
/// Power iterations until the wanted values no longer change. Each multiplies the component of a direction with value s
/// along another direction with value t by (t / s)^2.
void sharpen(svd_problem& problem, svd_subspace& space, std::vector<double> before,
             truncated_svd_options const& options) {
    constexpr int most_rounds = 8;
    tall_matrix left(problem.arithmetic, problem.rows, space.columns);
    for (int round = 0; round < most_rounds; ++round) {
        auto const after = power_round(problem, space.basis, left, space.columns);
        bool still = true;
        for (std::size_t i = 0; i < std::min(options.rank, after.size()); ++i)
            still =
                still
                && std::abs(after[i] - before[i]) <= std::max(options.tolerance * after[i], 4 * rounding * after[0]);
        if (still) return;
        before = after;
    }
}
}

std::size_t lanczos_width(std::size_t rank) { return (2 * rank + 5 * block - 1) / block * block; }

svd_subspace block_lanczos(svd_problem& problem, truncated_svd_options const& options) {
    lanczos search(problem, options);
    auto steps_left = options.most_steps;
    for (;;) {
        auto const good = search.cycle(options.tolerance, steps_left);
        if (!good && steps_left > 0) continue;
        if (!good || !search.is_blurred(options.tolerance)) return search.found(good, options.rank);
        auto values = search.values();
        auto space = search.found(good, values.size());
        sharpen(problem, space, std::move(values), options);
        return space;
    }
}
}
