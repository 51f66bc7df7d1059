#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.word2vec;
#include "batches.hpp"

namespace data = boost::unit_test::data;
using wordmill::matrix;
using wordmill::matrix_view;

namespace {
matrix<double> random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
    matrix<double> m(rows, columns);
    auto rng = wordmill::random_key(seed).engine();
    for (std::size_t r = 0; r < rows; ++r)
        for (auto& x : m.view().row(r)) x = 2 * rng.uniform_double() - 1;
    return m;
}
double loss_of(matrix<double> const& x, matrix<double> const& y) {
    matrix<double> d_x(x.rows(), x.columns());
    matrix<double> d_y(y.rows(), y.columns());
    return wordmill::reference::negative_sampling<double>(x.view(), y.view(), d_x.view(), d_y.view());
}
}

BOOST_AUTO_TEST_SUITE(reference_arithmetic)

// One input (1, 2), outputs (0.5, 0) and (0, -1): z = 0.5 and -2.
BOOST_AUTO_TEST_CASE(loss_and_gradients_are_those_worked_by_hand) {
    matrix<double> x(1, 2);
    matrix<double> y(2, 2);
    x.view()(0, 0) = 1;
    x.view()(0, 1) = 2;
    y.view()(0, 0) = 0.5;
    y.view()(1, 1) = -1;
    matrix<double> d_x(1, 2);
    matrix<double> d_y(2, 2);
    matrix<double> const& cx = x;
    matrix<double> const& cy = y;
    auto const loss = wordmill::reference::negative_sampling<double>(cx.view(), cy.view(), d_x.view(), d_y.view());
    // -log sigmoid(0.5) = 0.474077, -log sigmoid(2) = 0.126928
    BOOST_TEST(std::abs(loss - 0.601005) < 1e-6);
    // sigmoid(0.5) - 1 = -0.377541, sigmoid(-2) = 0.119203
    BOOST_TEST(std::abs(d_x.view()(0, 0) - -0.377541 * 0.5) < 1e-6);
    BOOST_TEST(std::abs(d_x.view()(0, 1) - 0.119203 * -1) < 1e-6);
    BOOST_TEST(std::abs(d_y.view()(0, 1) - -0.377541 * 2) < 1e-6);
    BOOST_TEST(std::abs(d_y.view()(1, 0) - 0.119203 * 1) < 1e-6);
}

BOOST_DATA_TEST_CASE(gradients_equal_central_differences, data::make({1, 2, 3}) * data::make({1, 2, 6}), inputs,
                     outputs) {
    auto x = random_matrix(static_cast<std::size_t>(inputs), 5, 1);
    auto y = random_matrix(static_cast<std::size_t>(outputs), 5, 2);
    matrix<double> d_x(x.rows(), 5);
    matrix<double> d_y(y.rows(), 5);
    matrix<double> const& cx = x;
    matrix<double> const& cy = y;
    (void)wordmill::reference::negative_sampling<double>(cx.view(), cy.view(), d_x.view(), d_y.view());
    constexpr double h = 1e-5;
    auto const check = [&](matrix<double>& m, matrix<double>& gradient) {
        for (std::size_t r = 0; r < m.rows(); ++r)
            for (std::size_t c = 0; c < 5; ++c) {
                auto const kept = m.view()(r, c);
                m.view()(r, c) = kept + h;
                auto const above = loss_of(x, y);
                m.view()(r, c) = kept - h;
                auto const below = loss_of(x, y);
                m.view()(r, c) = kept;
                BOOST_TEST(std::abs((above - below) / (2 * h) - gradient.view()(r, c)) < 1e-8);
            }
    };
    check(x, d_x);
    check(y, d_y);
}

// A step of CBOW changes the weights by -rate times the gradient of the loss in them: for the sum and the corrected
// mean. The original form gives each context n times as much.
BOOST_AUTO_TEST_CASE(cbow_descends_the_gradient_of_its_loss) {
    wordmill::window_batch batch;
    batch.targets = {wordmill::token_id{4}};
    batch.contexts = {wordmill::token_id{0}, wordmill::token_id{1}, wordmill::token_id{2}};
    batch.context_ends = {3};
    batch.negative_count = 2;
    batch.negatives = {wordmill::token_id{3}, wordmill::token_id{0}};
    auto const input = random_matrix(5, 4, 3);
    auto const output = random_matrix(5, 4, 4);
    using wordmill::cbow_input;
    for (auto form : {cbow_input::sum, cbow_input::mean, cbow_input::mean_with_whole_gradient}) {
        auto const loss_at = [&](matrix<double> in, matrix<double> out) {
            return wordmill::reference::train_cbow<double>(in.view(), out.view(), batch, form, 0.0).sum;
        };
        auto stepped = input;
        auto stepped_output = output;
        (void)wordmill::reference::train_cbow<double>(stepped.view(), stepped_output.view(), batch, form, 1.0);
        constexpr double h = 1e-5;
        for (std::size_t r = 0; r < 5; ++r)
            for (std::size_t c = 0; c < 4; ++c) {
                auto above = input;
                auto below = input;
                above.view()(r, c) += h;
                below.view()(r, c) -= h;
                auto const slope = (loss_at(above, output) - loss_at(below, output)) / (2 * h);
                auto const factor = form == cbow_input::mean_with_whole_gradient ? 3.0 : 1.0;
                BOOST_TEST(std::abs(input.view()(r, c) - stepped.view()(r, c) - factor * slope) < 1e-8);
                auto more = output;
                auto less = output;
                more.view()(r, c) += h;
                less.view()(r, c) -= h;
                auto const output_slope = (loss_at(input, more) - loss_at(input, less)) / (2 * h);
                BOOST_TEST(std::abs(output.view()(r, c) - stepped_output.view()(r, c) - output_slope) < 1e-8);
            }
    }
}

BOOST_AUTO_TEST_SUITE_END()
