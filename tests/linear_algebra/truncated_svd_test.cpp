#include <Eigen/Core>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <Eigen/SparseCore>
#include <Spectra/contrib/PartialSVDSolver.h>
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.linear_algebra;
#include "../io/failure_of.hpp"
#include "../rounding.hpp"
#include "../worse_of.hpp"
#include "random_csr.hpp"

using namespace wordmill;

namespace {
Eigen::SparseMatrix<double> to_eigen(csr_view<float const> a) {
    std::vector<Eigen::Triplet<double>> entries;
    for (std::size_t r = 0; r < a.rows; ++r)
        for (std::size_t i = 0; i < a.row_values(r).size(); ++i)
            entries.emplace_back(static_cast<int>(r), static_cast<int>(a.row_columns(r)[i]),
                                 static_cast<double>(a.row_values(r)[i]));
    Eigen::SparseMatrix<double> out(static_cast<Eigen::Index>(a.rows), static_cast<Eigen::Index>(a.columns));
    out.setFromTriplets(entries.begin(), entries.end());
    return out;
}
Eigen::MatrixXd to_eigen(matrix<float> const& x) {
    Eigen::MatrixXd out(static_cast<Eigen::Index>(x.rows()), static_cast<Eigen::Index>(x.columns()));
    for (std::size_t r = 0; r < x.rows(); ++r)
        for (std::size_t c = 0; c < x.columns(); ++c)
            out(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)) = static_cast<double>(x.view()(r, c));
    return out;
}
Eigen::VectorXd to_eigen(std::vector<double> const& values) {
    return Eigen::Map<Eigen::VectorXd const>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// Spectra's partial SVD in double precision.
Eigen::VectorXd spectra_values(Eigen::SparseMatrix<double> const& a, int rank) {
    Spectra::PartialSVDSolver<Eigen::SparseMatrix<double>> solver(
        a, rank, std::min<int>(3 * rank, static_cast<int>(std::min(a.rows(), a.cols()))));
    BOOST_REQUIRE(solver.compute(1000, 1e-12) == rank);
    return solver.singular_values();
}

/// What rounding may change of a value, relatively: it is the length of a product A v, each entry of which is a sum of
/// floats as long as a row, and rounding errors add up like the root of their number (Higham & Mary 2019).
double rounding_of(csr_view<float const> a) {
    std::size_t longest = 0;
    auto const turned = transpose(a);
    for (auto const& m : {a, turned.view()})
        for (std::size_t r = 0; r < m.rows; ++r) longest = std::max(longest, m.row_values(r).size());
    return std::sqrt(static_cast<double>(longest)) * float_rounding;
}

double worst_relative(truncated_svd const& svd, Eigen::VectorXd const& truth) {
    BOOST_REQUIRE(svd.rank() <= static_cast<std::size_t>(truth.size()));
    double worst = 0;
    for (std::size_t i = 0; i < svd.rank(); ++i)
        worst = worse_of(worst, std::abs(svd.singular_values[i] / truth[static_cast<Eigen::Index>(i)] - 1));
    return worst;
}

/// What holds for every result: order, lengths, right angles, signs, residuals as said.
void check_factors(csr_view<float const> matrix, truncated_svd const& svd, double straight = 2e-6) {
    auto const a = to_eigen(matrix);
    auto const u = to_eigen(svd.u), v = to_eigen(svd.v);
    auto const s = to_eigen(svd.singular_values);
    auto const r = static_cast<Eigen::Index>(svd.rank());
    BOOST_REQUIRE((u.rows() == a.rows() && v.rows() == a.cols() && u.cols() == r && v.cols() == r));
    BOOST_REQUIRE(svd.residuals.size() == svd.rank());
    BOOST_TEST(svd.rank() <= svd.requested);
    BOOST_TEST((std::ranges::is_sorted(svd.singular_values, std::greater())));
    if (r == 0) return;
    BOOST_TEST(s.minCoeff() > 0);
    BOOST_TEST((u.transpose() * u - Eigen::MatrixXd::Identity(r, r)).cwiseAbs().maxCoeff() < straight);
    BOOST_TEST((v.transpose() * v - Eigen::MatrixXd::Identity(r, r)).cwiseAbs().maxCoeff() < straight);
    Eigen::MatrixXd const left = a * v - u * s.asDiagonal(), right = a.transpose() * u - v * s.asDiagonal();
    for (Eigen::Index i = 0; i < r; ++i) {
        auto const measured = std::sqrt(left.col(i).squaredNorm() + right.col(i).squaredNorm()) / s[0];
        BOOST_TEST(std::abs(svd.residuals[static_cast<std::size_t>(i)] - measured) < 1e-6);
        Eigen::Index at = 0;
        u.col(i).cwiseAbs().maxCoeff(&at);
        BOOST_TEST(u(at, i) > 0);
    }
}

/// m = U diag(s) V^T for random U, V at right angles: dense, but with known values.
csr<float> const with_values(std::size_t rows, std::size_t columns, std::vector<double> const& s) {
    auto const some = [](std::size_t n, std::size_t k, std::uint64_t seed) -> Eigen::MatrixXd {
        auto random = random_key(seed).engine();
        Eigen::MatrixXd x(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(k));
        for (auto& value : x.reshaped()) value = random.uniform_double() - 0.5;
        return Eigen::HouseholderQR<Eigen::MatrixXd>(x).householderQ() * Eigen::MatrixXd::Identity(x.rows(), x.cols());
    };
    Eigen::MatrixXd const a =
        some(rows, s.size(), 3) * to_eigen(s).asDiagonal() * some(columns, s.size(), 4).transpose();
    std::vector<std::vector<float>> out(rows, std::vector<float>(columns));
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c)
            out[r][c] = static_cast<float>(a(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)));
    return sparse(out, columns);
}
std::vector<double> falling(std::size_t count, double factor) {
    std::vector<double> s;
    for (std::size_t i = 0; i < count; ++i) s.push_back(10 * std::pow(factor, static_cast<double>(i)));
    return s;
}
}

BOOST_AUTO_TEST_SUITE(truncated_svds)

BOOST_AUTO_TEST_CASE(the_values_are_those_of_spectra_for_every_shape) {
    struct shape {
        std::size_t rows, columns;
        int rank;
    };
    for (auto const [rows, columns, rank] :
         {shape{900, 900, 20}, {1500, 600, 30}, {500, 1400, 10}, {700, 130, 20}, {90, 800, 15}, {60, 50, 7}}) {
        auto const a = random_csr(rows, columns, 0.02);
        auto const svd = truncate_svd(a.view(), {.rank = static_cast<std::size_t>(rank)});
        BOOST_TEST(svd.converged);
        BOOST_REQUIRE(svd.rank() == static_cast<std::size_t>(rank));
        check_factors(a.view(), svd);
        auto const asked = truncated_svd_options{}.tolerance;
        BOOST_TEST(worst_relative(svd, spectra_values(to_eigen(a.view()), rank)) < asked + rounding_of(a.view()));
    }
}

BOOST_AUTO_TEST_CASE(a_looser_tolerance_costs_less_and_holds) {
    auto const a = random_csr(900, 900, 0.02);
    auto const truth = spectra_values(to_eigen(a.view()), 60);
    auto const fine = truncate_svd(a.view(), {.rank = 60, .tolerance = 1e-7});
    auto const coarse = truncate_svd(a.view(), {.rank = 60, .tolerance = 1e-2});
    BOOST_TEST(coarse.products < fine.products);
    BOOST_TEST(worst_relative(coarse, truth) < 1e-2);
    BOOST_TEST(worst_relative(fine, truth) < 1e-7 + rounding_of(a.view()));
    auto const broken_off = truncate_svd(a.view(), {.rank = 60, .most_steps = 3});
    BOOST_TEST(!broken_off.converged);
    check_factors(a.view(), broken_off);
}

BOOST_AUTO_TEST_CASE(the_bytes_are_the_same_for_any_number_of_threads) {
    auto const a = random_csr(1200, 800, 0.02);
    for (auto const method : {svd_method::accurate, svd_method::quick}) {
        auto const run = [&](unsigned threads) {
            auto const svd = truncate_svd(a.view(), {.rank = 30, .method = method, .threads = threads});
            std::vector<double> all = svd.singular_values;
            all.insert(all.end(), svd.residuals.begin(), svd.residuals.end());
            for (auto const& x : {svd.u, svd.v})
                all.insert(all.end(), x.view().data, x.view().data + x.rows() * x.columns());
            return all;
        };
        auto const one = run(1);
        BOOST_TEST(run(1) == one);
        BOOST_TEST(run(2) == one);
        BOOST_TEST(run(5) == one);
    }
}

// Values known by construction. Theorem 10.6 and corollary 10.10 of Halko, Martinsson, Tropp 2011 bound the expected
// error of the subspace in the spectral norm by (1 + sqrt(k / (p - 1)) + e sqrt(k + p) / p sqrt(n - k))^(1 / (2 q + 1))
// times the next value; here k = 20, p = 20, q = 2, n = 400: 1.71. The last value is off by less than that error.
BOOST_AUTO_TEST_CASE(the_quick_way_keeps_to_its_bound_where_values_fall) {
    auto const s = falling(150, 0.9);
    auto const a = with_values(500, 400, s);
    auto const svd = truncate_svd(a.view(), {.rank = 20, .method = svd_method::quick});
    BOOST_REQUIRE(svd.rank() == 20u);
    check_factors(a.view(), svd);
    Eigen::MatrixXd const rest =
        Eigen::MatrixXd(to_eigen(a.view()))
        - to_eigen(svd.u) * to_eigen(svd.singular_values).asDiagonal() * to_eigen(svd.v).transpose();
    Eigen::BDCSVD<Eigen::MatrixXd> const norm(rest);
    BOOST_TEST(norm.singularValues()[0] < 1.71 * s[20]);
    BOOST_TEST(worst_relative(svd, to_eigen(s)) < 1e-3);
    auto const more = truncate_svd(a.view(), {.rank = 20, .method = svd_method::quick, .power_iterations = 5});
    auto const none = truncate_svd(a.view(), {.rank = 20, .method = svd_method::quick, .power_iterations = 0});
    BOOST_TEST(worst_relative(more, to_eigen(s)) < 1e-6);
    BOOST_TEST(worst_relative(none, to_eigen(s)) > 1e-3);
    BOOST_TEST(more.products > svd.products);
}

BOOST_AUTO_TEST_CASE(values_that_fall_far_keep_their_digits) {
    auto const s = falling(100, 0.8); // the 40th is 1.7e-4 of the first
    auto const frobenius = to_eigen(s).norm();
    auto const a = with_values(600, 500, s);
    for (auto const& [method, seed] : {std::pair{svd_method::accurate, 0},
                                       {svd_method::accurate, 1},
                                       {svd_method::accurate, 2},
                                       {svd_method::quick, 0}}) {
        auto const svd =
            truncate_svd(a.view(), {.rank = 40, .method = method, .key = random_key(static_cast<std::uint64_t>(seed))});
        BOOST_REQUIRE(svd.rank() == 40u);
        check_factors(a.view(), svd, 1e-5);
        // A value moves by no more than the matrix does (Weyl 1912). Four times every entry, or what is computed with
        // it, is rounded to a float: in the matrix, in the basis and in the products on either side.
        for (std::size_t i = 0; i < 40; ++i)
            BOOST_TEST(std::abs(svd.singular_values[i] - s[i]) < 4 * float_rounding * frobenius, i << ": " << s[i]);
    }
}

BOOST_AUTO_TEST_CASE(a_rank_above_that_of_the_matrix_is_reduced) {
    for (auto const method : {svd_method::accurate, svd_method::quick}) {
        // 5 directions among 600: restarts find no further ones
        auto const a = with_values(600, 500, {9, 7, 5, 3, 1});
        auto const svd = truncate_svd(a.view(), {.rank = 30, .method = method});
        BOOST_TEST(svd.requested == 30u);
        BOOST_REQUIRE(svd.rank() == 5u);
        check_factors(a.view(), svd);
        for (std::size_t i = 0; i < 5; ++i)
            BOOST_TEST(std::abs(svd.singular_values[i] - (9.0 - 2 * static_cast<double>(i))) < 1e-5);
        // no more rows than 3
        auto const thin = random_csr(3, 1000, 0.5);
        auto const three = truncate_svd(thin.view(), {.rank = 100, .method = method});
        BOOST_TEST(three.rank() == 3u);
        check_factors(thin.view(), three);
        BOOST_TEST(
            worst_relative(three,
                           Eigen::JacobiSVD<Eigen::MatrixXd>(Eigen::MatrixXd(to_eigen(thin.view()))).singularValues())
            < 1e-6);
        auto const huge =
            truncate_svd(thin.view(), {.rank = std::numeric_limits<std::size_t>::max(), .method = method});
        BOOST_TEST(huge.singular_values == three.singular_values);
    }
}

// many times the same value: a Krylov space of one block holds only 16 of them
BOOST_AUTO_TEST_CASE(the_identity_has_as_many_values_of_1_as_asked_for) {
    constexpr std::uint32_t n = 400;
    std::vector<std::uint64_t> offsets(n + 1);
    std::vector<std::uint32_t> columns(n);
    for (std::uint32_t i = 0; i < n; ++i) offsets[i + 1] = (columns[i] = i) + std::uint64_t{1};
    csr<float> const a(n, std::move(offsets), std::move(columns), std::vector<float>(n, 3.0F));
    auto const svd = truncate_svd(a.view(), {.rank = 50});
    BOOST_REQUIRE(svd.rank() == 50u);
    check_factors(a.view(), svd);
    for (auto const value : svd.singular_values) BOOST_TEST(std::abs(value - 3) < 1e-6);
}

BOOST_AUTO_TEST_CASE(small_and_empty_matrices_have_what_rank_they_have) {
    for (auto const method : {svd_method::accurate, svd_method::quick}) {
        truncated_svd_options const options{.rank = 3, .method = method};
        // by hand: |(-3, 4)| = 5
        auto const row = truncate_svd(sparse({{-3, 4}}, 2).view(), options);
        BOOST_REQUIRE(row.rank() == 1u);
        BOOST_TEST(row.singular_values[0] == 5, boost::test_tools::tolerance(1e-6));
        BOOST_TEST(row.u.view()(0, 0) == 1);
        BOOST_TEST(row.v.view()(0, 0) == -0.6F, boost::test_tools::tolerance(1e-6F));
        auto const column = truncate_svd(sparse({{-3}, {4}, {}}, 1).view(), options);
        BOOST_REQUIRE(column.rank() == 1u);
        BOOST_TEST(column.u.view()(1, 0) == 0.8F, boost::test_tools::tolerance(1e-6F));
        BOOST_TEST(column.v.view()(0, 0) == 1);
        auto const one = truncate_svd(sparse({{-2}}, 1).view(), options);
        BOOST_REQUIRE(one.rank() == 1u);
        BOOST_TEST(one.singular_values[0] == 2);
        BOOST_TEST(one.u.view()(0, 0) == 1);
        BOOST_TEST(one.v.view()(0, 0) == -1);
        // zero rows and columns around [[3, 0], [0, 2]]
        auto const gaps = truncate_svd(sparse({{}, {0, 3, 0, 0}, {}, {0, 0, 0, 2}}, 6).view(), options);
        BOOST_TEST(gaps.singular_values == (std::vector<double>{3, 2}), boost::test_tools::per_element());
        for (auto const& [rows, columns] :
             {std::pair<std::size_t, std::size_t>{0, 0}, {0, 3}, {3, 0}, {2, 2}, {1000, 900}}) {
            auto const none = truncate_svd(sparse(std::vector<std::vector<float>>(rows), columns).view(), options);
            BOOST_TEST(none.rank() == 0u);
            BOOST_TEST(none.requested == 3u);
            BOOST_TEST(none.u.rows() == rows);
            BOOST_TEST(none.v.rows() == columns);
            BOOST_TEST(none.residual() == 0);
            BOOST_TEST(svd_vectors(none).rows() == rows);
        }
    }
    // entries that are there but 0
    csr<float> const zeros(2, {0, 1, 2}, {0, 1}, {0.0F, 0.0F});
    BOOST_TEST(truncate_svd(zeros.view()).rank() == 0u);
}

BOOST_AUTO_TEST_CASE(values_near_the_ends_of_the_range_of_a_float_work) {
    for (float const size : {1e-30F, 1e-20F, 1e20F, 1e38F}) {
        auto const a = sparse({{3 * size, 0}, {0, 2 * size}}, 2);
        auto const svd = truncate_svd(a.view(), {.rank = 2});
        BOOST_REQUIRE(svd.rank() == 2u);
        BOOST_TEST(svd.singular_values[0] == static_cast<double>(3 * size), boost::test_tools::tolerance(1e-6));
        BOOST_TEST(svd.singular_values[1] == static_cast<double>(2 * size), boost::test_tools::tolerance(1e-6));
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_number_is_named) {
    for (float const bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
        csr<float> const a(9, {0, 1, 3}, {4, 5, 7}, {1, 2, bad});
        auto const refused = failure_of([&] { (void)truncate_svd(a.view()); });
        BOOST_TEST((refused == failure::bad_data));
        BOOST_TEST(refused.says("row 1, column 7"));
    }
    auto const a = random_csr(20, 20, 0.5);
    auto const usage = [&](truncated_svd_options const& options) {
        return failure_of([&] { (void)truncate_svd(a.view(), options); }) == failure::usage;
    };
    BOOST_TEST(usage({.rank = 0}));
    BOOST_TEST(usage({.tolerance = 0}));
    BOOST_TEST(usage({.tolerance = std::numeric_limits<double>::quiet_NaN()}));
}

BOOST_AUTO_TEST_CASE(vectors_are_weighted_by_powers_of_the_values) {
    // by hand: [[0, 9], [4, 0]] has values 9 and 4, u = (1, 0), (0, 1), v = (0, 1), (1, 0)
    auto const svd = truncate_svd(sparse({{0, 9}, {4, 0}}, 2).view(), {.rank = 2});
    auto const values = [](matrix<float> const& x) { return std::vector<float>(x.view().data, x.view().data + 4); };
    auto const near = [&](svd_vector_options const& options, std::vector<float> const& expected) {
        auto const found = values(svd_vectors(svd, options));
        for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(found[i] - expected[i]) < 1e-6F);
    };
    near({.power = 0}, {1, 0, 0, 1});
    near({}, {3, 0, 0, 2});
    near({.power = 1}, {9, 0, 0, 4});
    near({.power = 1, .add_contexts = true}, {9, 4, 9, 4});
    auto const refused = [&](truncated_svd const& what, svd_vector_options const& options) {
        return failure_of([&] { (void)svd_vectors(what, options); }) == failure::usage;
    };
    BOOST_TEST(refused(svd, {.power = -1}));
    BOOST_TEST(refused(svd, {.power = std::numeric_limits<double>::infinity()}));
    BOOST_TEST(refused(truncate_svd(sparse({{1, 2, 3}}, 3).view()), {.add_contexts = true}));
}

BOOST_AUTO_TEST_SUITE_END()
