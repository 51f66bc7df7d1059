#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "both_ways.hpp"

using wordmill::device_view;
using wordmill::operations;
using wordmill::transposed;

// Expected values come from the reference in double, as in device_operations_test.cpp.
namespace {
constexpr double for_values = 1e-6, for_products = 3e-6, for_gradients = 1e-5;

struct lane_case {
    std::size_t lanes, m, k, n;
};
std::vector<std::uint32_t> some_lengths(std::size_t lanes, std::size_t columns) {
    std::vector<std::uint32_t> lengths;
    for (std::size_t b = 0; b < lanes; ++b) lengths.push_back(static_cast<std::uint32_t>(b * b % (columns + 1)));
    return lengths;
}
}

// Cases for every device.
namespace {
void check_products_of_lanes(twins const& on, std::vector<lane_case> cases) {
    for (std::size_t const lanes : {1, 5})
        for (std::size_t const m : {0, 1, 2, 3, 17})
            for (std::size_t const k : {0, 1, 17, 33})
                for (std::size_t const n : {0, 1, 3, 40}) cases.push_back({lanes, m, k, n});
    for (auto const& [lanes, m, k, n] : cases)
        for (auto const a_form : {transposed::no, transposed::yes})
            for (auto const b_form : {transposed::no, transposed::yes})
                for (double const beta : {0.0, 1.0, 0.5}) {
                    auto const a = a_form == transposed::yes ? shape{k * lanes, m, 2} : shape{m * lanes, k, 0};
                    auto const b = b_form == transposed::yes ? shape{n * lanes, k, 0} : shape{k * lanes, n, 5};
                    agrees(on,
                           std::to_string(lanes) + " lanes of " + std::to_string(m) + " " + std::to_string(k) + " "
                               + std::to_string(n),
                           {a, b, {m * lanes, n, 3}}, for_products,
                           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& x) {
                               ops.multiply_lanes(lanes, a_form, x[0], b_form, x[1], T(beta == 1 ? 1 : 0.25),
                                                  static_cast<T>(beta), x[2]);
                               return std::vector<double>();
                           });
                }
}

void check_masked_softmax(twins const& on) {
    for (double const largest : {1.0, 1e4})
        for (std::size_t const lanes : {1, 3, 17})
            for (std::size_t const columns : {1, 3, 17, 65})
                for (bool const with_lengths : {false, true}) {
                    shape const x{4 * lanes, columns, 1, largest}, y{4 * lanes, columns, 2};
                    auto const lengths = with_lengths ? some_lengths(lanes, columns) : std::vector<std::uint32_t>();
                    agrees(on, "masked softmax", {x, y}, for_values,
                           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                               auto const of_lanes = mirror(ops, lengths);
                               ops.masked_softmax(lanes, m[0], of_lanes.device(), m[1]);
                               ops.masked_softmax(lanes, m[0], of_lanes.device(), m[0]);
                               return std::vector<double>();
                           });
                }
}

void check_additive_scores(twins const& on) {
    for (std::size_t const lanes : {1, 3, 40})
        for (std::size_t const steps : {1, 4})
            for (std::size_t const sources : {1, 7})
                for (std::size_t const a : {1, 17, 65})
                    for (double const beta : {0.0, 1.0}) {
                        auto const lengths = beta == 0 ? some_lengths(lanes, sources) : std::vector<std::uint32_t>();
                        shape const queries{steps * lanes, a, 1}, keys{sources * lanes, a}, vector{1, a},
                            scores{steps * lanes, sources, 2};
                        agrees(on, "additive scores", {queries, keys, vector, scores, scores, queries, keys, vector},
                               for_gradients, [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                                   auto const of_lanes = mirror(ops, lengths);
                                   ops.additive_scores(lanes, m[0], m[1], m[2], of_lanes.device(), m[3]);
                                   ops.additive_scores_backward(lanes, m[0], m[1], m[2], of_lanes.device(), m[4], m[5],
                                                                m[6], static_cast<T>(beta), m[7]);
                                   return std::vector<double>();
                               });
                    }
}
}

BOOST_AUTO_TEST_SUITE(cpu_attention)

BOOST_AUTO_TEST_CASE(products_of_lanes_agree_in_all_forms_and_sizes) {
    check_products_of_lanes(processors(), {{40, 10, 65, 29}, {40, 1, 65, 29}, {3, 60, 500, 60}, {128, 2, 1, 65}});
}
BOOST_AUTO_TEST_CASE(masked_softmax_agrees_also_far_out) { check_masked_softmax(processors()); }
BOOST_AUTO_TEST_CASE(additive_scores_agree_forward_and_back) { check_additive_scores(processors()); }
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cuda_attention, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

BOOST_AUTO_TEST_CASE(products_of_lanes_agree_in_all_forms_and_sizes) {
    check_products_of_lanes(gpus(), {{3, 40, 65, 40}, {40, 1, 17, 9}});
}
BOOST_AUTO_TEST_CASE(masked_softmax_agrees_also_far_out) { check_masked_softmax(gpus()); }
BOOST_AUTO_TEST_CASE(additive_scores_agree_forward_and_back) { check_additive_scores(gpus()); }

BOOST_AUTO_TEST_SUITE_END()
