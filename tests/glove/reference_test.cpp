#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <span>
import wordmill.core;
import wordmill.glove;

using wordmill::glove_objective;
namespace reference = wordmill::reference;

namespace {
constexpr std::size_t size = 5; // four components and a bias
using row = std::array<double, size>;

double gradient(row const& word, row const& context, double x, glove_objective const& objective, row& d_word,
                row& d_context) {
    return reference::glove_gradient<double>(word, context, x, objective, d_word, d_context);
}
row random_row(wordmill::random_engine& rng) {
    row r;
    for (auto& value : r) value = 2 * rng.uniform_double() - 1;
    return r;
}
}

BOOST_AUTO_TEST_SUITE(glove_reference)

// (x / x_max)^alpha: 16 of 81 to the power 3/4 is (2 / 3)^3.
BOOST_AUTO_TEST_CASE(weights_grow_to_one_at_x_max) {
    glove_objective const objective{.x_max = 81, .alpha = 0.75};
    BOOST_TEST(std::abs(reference::glove_weight(16.0, objective) - 8.0 / 27) < 1e-12);
    BOOST_TEST(reference::glove_weight(81.0, objective) == 1.0);
    BOOST_TEST(reference::glove_weight(1e6, objective) == 1.0);
}

// w = (1, 2), c = (3, -1), b = 0.5, b~ = 0.25, x = e of x_max = e^3 with alpha 1: f = e^-2 = 0.135335,
// diff = 1 + 0.75 - 1 = 0.75; f diff^2 = 0.0761261; f diff = 0.101501.
BOOST_AUTO_TEST_CASE(loss_and_gradient_are_those_worked_by_hand) {
    glove_objective const objective{.x_max = std::exp(3.0), .alpha = 1};
    std::array<double, 3> const word{1, 2, 0.5};
    std::array<double, 3> const context{3, -1, 0.25};
    std::array<double, 3> d_word{};
    std::array<double, 3> d_context{};
    auto const loss = reference::glove_gradient<double>(word, context, std::exp(1.0), objective, d_word, d_context);
    BOOST_TEST(std::abs(loss - 0.0761261) < 1e-6);
    BOOST_TEST(std::abs(d_word[0] - 3 * 0.101501) < 1e-5);
    BOOST_TEST(std::abs(d_word[1] - -0.101501) < 1e-5);
    BOOST_TEST(std::abs(d_word[2] - 0.101501) < 1e-5);
    BOOST_TEST(std::abs(d_context[0] - 0.101501) < 1e-5);
    BOOST_TEST(std::abs(d_context[1] - 2 * 0.101501) < 1e-5);
    BOOST_TEST(std::abs(d_context[2] - 0.101501) < 1e-5);
}

BOOST_AUTO_TEST_CASE(gradients_equal_central_differences_of_half_the_loss) {
    auto rng = wordmill::random_key(3).engine();
    for (double const x : {0.05, 1.0, 9.5, 10.0, 300.0}) {
        glove_objective const objective{.x_max = 10};
        auto word = random_row(rng);
        auto context = random_row(rng);
        row d_word{};
        row d_context{};
        (void)gradient(word, context, x, objective, d_word, d_context);
        constexpr double h = 1e-5;
        auto const check = [&](row& parameters, row const& d) {
            for (std::size_t c = 0; c < size; ++c) {
                row ignored{};
                auto const kept = parameters[c];
                parameters[c] = kept + h;
                auto const above = gradient(word, context, x, objective, ignored, ignored);
                parameters[c] = kept - h;
                auto const below = gradient(word, context, x, objective, ignored, ignored);
                parameters[c] = kept;
                BOOST_TEST(std::abs((above - below) / (2 * h) / 2 - d[c]) < 1e-8);
            }
        };
        check(word, d_word);
        check(context, d_context);
    }
}

// Rate 0.1: the gradient 2 is a step of 0.2, divided by sqrt(4); 7 is cut to 5; the bias has the rate 1.
BOOST_AUTO_TEST_CASE(a_change_is_divided_by_the_root_of_the_squares_before_it) {
    std::array<double, 3> parameters{1, 1, 1};
    std::array<double, 3> squares{4, 1, 4};
    std::array<double, 3> const d{2, -7, 3};
    reference::glove_descend<double>(parameters, squares, d, 0.1, {.clip = 5});
    BOOST_TEST(std::abs(parameters[0] - 0.9) < 1e-12);
    BOOST_TEST(std::abs(parameters[1] - 1.5) < 1e-12);
    BOOST_TEST(std::abs(parameters[2] - -0.5) < 1e-12);
    BOOST_TEST(std::abs(squares[0] - 4.04) < 1e-12);
    BOOST_TEST(std::abs(squares[1] - 1.25) < 1e-12);
    BOOST_TEST(std::abs(squares[2] - 13) < 1e-12);
}

BOOST_AUTO_TEST_SUITE_END()
