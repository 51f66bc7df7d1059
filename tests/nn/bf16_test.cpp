#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "../worse_of.hpp"
#include "bf16_available.hpp"
#include "both_ways.hpp"

using wordmill::device_view;
using wordmill::no_token;
using wordmill::operations;
using wordmill::precision;
using wordmill::recurrent_cell;
using wordmill::transposed;

// Expected values come from the reference in double on operands rounded to bf16 here, by the definition: the nearest
// number of 8 bits, ties to even. A product of two such has 16 bits and is exact in fp32, so only sums round: of k
// products of the size of the largest value, they are off by less than k 2^-24 of it, and mostly by sqrt(k) 2^-24.
namespace {
constexpr double for_sums = 5e-6;

std::vector<std::shared_ptr<operations<float>>> const& processors_of_bf16() {
    static std::vector const all{
        wordmill::cpu_operations(1, precision::bf16), wordmill::cpu_operations(2, precision::bf16),
        wordmill::cpu_operations(3, precision::bf16), wordmill::cpu_operations(5, precision::bf16)};
    return all;
}

float to_bf16(float x) {
    int exponent = 0;
    auto const mantissa = std::frexp(x, &exponent);
    return std::ldexp(std::nearbyint(std::ldexp(mantissa, 8)), exponent - 8);
}

std::vector<std::vector<float>> rounded(std::vector<std::vector<float>> all, std::vector<std::size_t> const& which) {
    for (auto const i : which)
        for (auto& value : all[i]) value = to_bf16(value);
    return all;
}

/// `f` leaves in all matrices what the reference does on `expected_from`, up to the tolerance of each, and the same
/// bytes for every number of threads.
template <class F> void agrees_in_bf16(std::string const& what, std::vector<shape> const& shapes,
                                       std::vector<std::size_t> const& operands, std::vector<double> const& tolerances,
                                       F const& f) {
    auto const values = random_values(shapes);
    auto const expected = outcome_of(*wordmill::reference_operations<double>(), shapes, rounded(values, operands), f);
    auto const first = outcome_of(*processors_of_bf16().front(), shapes, values, f);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        if (std::ranges::find(operands, i) != operands.end()) continue;
        auto const off = distance(first.matrices[i], expected.matrices[i]);
        BOOST_TEST(off <= tolerances[i], what << ": matrix " << i << " is off by " << off);
    }
    same_numbers(what, first.numbers, expected.numbers, for_sums);
    same_bytes_on(processors_of_bf16(), what, shapes, values, first, f);
}

struct product_case {
    std::size_t m, k, n;
};
}

BOOST_AUTO_TEST_SUITE(bf16, *boost::unit_test::precondition(bf16_available))

BOOST_AUTO_TEST_CASE(products_are_those_of_rounded_operands_in_all_forms_and_sizes) {
    for (auto const& [m, k, n] : {product_case{64, 64, 64},
                                  {65, 67, 71},
                                  {8, 701, 50},
                                  {9, 400, 1111},
                                  {700, 8, 50},
                                  {300, 129, 257},
                                  {513, 65, 31},
                                  {40, 1200, 33},
                                  {8, 33000, 257}})
        for (auto const a_form : {transposed::no, transposed::yes})
            for (auto const b_form : {transposed::no, transposed::yes})
                for (double const beta : {0.0, 1.0}) {
                    if (m * k * n > 20000000 && (a_form == b_form || beta != 0)) continue;
                    auto const a = a_form == transposed::yes ? shape{k, m, 2} : shape{m, k, 0};
                    auto const b = b_form == transposed::yes ? shape{n, k, 0} : shape{k, n, 5};
                    agrees_in_bf16(std::to_string(m) + " " + std::to_string(k) + " " + std::to_string(n),
                                   {a, b, {m, n, beta == 0 ? 0U : 3U}}, {0, 1}, {0, 0, for_sums},
                                   [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& x) {
                                       ops.multiply(a_form, x[0], b_form, x[1], static_cast<T>(beta), x[2]);
                                       return std::vector<double>();
                                   });
                }
}

BOOST_AUTO_TEST_CASE(rounding_goes_to_the_nearest_and_of_two_to_the_even_one) {
    constexpr std::size_t size = 64;
    // 1 + 2^-7 is the next number after 1. Halves between two: 1 + 2^-8 to 1, 1 + 3 2^-8 to 1 + 2^-6; 3.4e38 is nearer
    // to 2^128 than to the largest number, 255 2^120; 1e-30 is 162.26 2^-107.
    float const from[] = {1, 1.00390625F, 1.01171875F, 1.003907F, -1.01171875F, INFINITY, 3.4e38F, 1e-30F};
    float const to[] = {1, 1, 1.015625F, 1.0078125F, -1.015625F, INFINITY, INFINITY, std::ldexp(162.0F, -107)};
    auto const& ops = processors_of_bf16().front();
    wordmill::tensor<float> ones(ops, size, size), left(ops, size, size), product(ops, size, size);
    ops->fill(ones.view(), 1);
    for (std::size_t i = 0; i < std::size(from); ++i) {
        std::vector<float> a(size * size);
        a[i * size + i] = from[i];
        left.assign(a);
        ops->multiply(transposed::no, left.view(), transposed::no, ones.view(), 0, product.view());
        BOOST_TEST(product.values()[i * size] == to[i]);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none_and_replaces_nothing_else) {
    constexpr std::size_t size = 70;
    auto const& ops = processors_of_bf16().front();
    wordmill::tensor<float> left(ops, size, size), product(ops, size, size);
    std::vector<float> a(size * size, 0.5F);
    a[3 * size + 7] = std::bit_cast<float>(0x7F800001U); // without its lower half, infinity
    left.assign(a);
    product.assign(std::vector<float>(size * size, NAN));
    ops->multiply(transposed::no, left.view(), transposed::yes, rows_of(left.view(), 4, 60), 0,
                  columns_of(product.view(), 0, 60));
    auto const c = product.values();
    for (std::size_t r = 0; r < size; ++r)
        for (std::size_t k = 0; k < 60; ++k)
            if (r == 3)
                BOOST_TEST(std::isnan(c[r * size + k]));
            else
                BOOST_TEST(c[r * size + k] == size * 0.25F);
}

BOOST_AUTO_TEST_CASE(matrices_without_rows_or_columns_are_fine) {
    for (std::size_t const m : {0, 100})
        for (std::size_t const k : {0, 100})
            for (std::size_t const n : {0, 100})
                agrees_in_bf16("empty", {{m, k}, {k, n}, {m, n}}, {0, 1}, {0, 0, for_sums},
                               [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& x) {
                                   ops.multiply(transposed::no, x[0], transposed::no, x[1], 0, x[2]);
                                   return std::vector<double>();
                               });
}

namespace {
/// The gradients of the logits are rounded too, by at most 2^-9 of each, and those of a row add up to two of a
/// target's.
constexpr double for_gradients = 1.0 / 512;

void project(std::size_t n, std::size_t d, std::size_t v, transposed form, bool bias, double beta) {
    auto const targets = random_targets(n, v);
    shape const x{n, d, 2}, wide{1, v}, weights = form == transposed::yes ? shape{v, d, 3} : shape{d, v, 1};
    agrees_in_bf16("projection " + std::to_string(n) + " " + std::to_string(d) + " " + std::to_string(v),
                   {x, weights, wide, x, weights, wide}, {0, 1}, {0, 0, 0, for_gradients, for_gradients, for_sums},
                   [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                       auto const nothing = device_view<T>();
                       wordmill::projection<T> const to{m[1], bias ? m[2] : nothing, form};
                       auto const ids = mirror(ops, targets);
                       auto numbers = numbers_of(loss_of(ops, [&](auto loss) {
                           ops.projection_loss(m[0], to, ids.device(), loss,
                                               {.x = m[3],
                                                .to = {m[4], bias ? m[5] : nothing, form},
                                                .weights_beta = static_cast<T>(beta),
                                                .bias_beta = static_cast<T>(beta)});
                       }));
                       auto const again =
                           loss_of(ops, [&](auto loss) { ops.projection_loss(m[0], to, ids.device(), loss); });
                       for (auto const number : numbers_of(again)) numbers.push_back(number);
                       return numbers;
                   });
}

/// How far the gates after a forward pass, and gradients, are from those in fp32, in parts of the largest.
double recur(recurrent_cell cell, std::size_t steps, std::size_t lanes, std::size_t d, std::size_t h, double beta) {
    auto const width = wordmill::gates_of(cell) * h, rows = steps * lanes;
    shape const x{rows, d, 1}, input{d, width, 0, 0.3}, hidden{h, width, 2, 1 / std::sqrt(static_cast<double>(h))},
        bias{1, width}, gates{rows, width, 3}, state{(steps + 1) * lanes, h, 1}, d_hidden{rows, h, 2}, last{lanes, h};
    std::vector<shape> const shapes{x,        input, hidden, bias, gates, state,  state,
                                    d_hidden, last,  last,   x,    input, hidden, bias};
    auto const f = [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
        auto const lstm = cell == recurrent_cell::lstm;
        wordmill::recurrent_weights<T> const w{m[1], m[2], m[3]}, gradients{m[11], m[12], m[13]};
        wordmill::recurrent_run<T> const run{lanes, m[4], m[5], lstm ? m[6] : device_view<T>()};
        wordmill::recurrent_pass<T> const pass{cell, w, m[0], run};
        ops.recurrent_forward(pass);
        ops.recurrent_backward(pass, {.hidden = m[7],
                                      .state = m[8],
                                      .cells = lstm ? m[9] : device_view<T>(),
                                      .x = m[10],
                                      .weights = gradients,
                                      .beta = static_cast<T>(beta)});
        return std::vector<double>();
    };
    auto const values = random_values(shapes);
    auto const exact = outcome_of(*wordmill::reference_operations<double>(), shapes, values, f);
    auto const first = outcome_of(*processors_of_bf16().front(), shapes, values, f);
    double worst = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i)
        worst = worse_of(worst, distance(first.matrices[i], exact.matrices[i]));
    for (auto const& ops : processors_of_bf16())
        BOOST_TEST((outcome_of(*ops, shapes, values, f).matrices == first.matrices),
                   "cell " << static_cast<int>(cell) << " differs with " << ops->name());
    return worst;
}
}

BOOST_AUTO_TEST_CASE(the_loss_of_a_projection_is_that_of_rounded_operands) {
    for (auto const form : {transposed::no, transposed::yes})
        for (double const beta : {0.0, 1.0}) {
            project(65, 70, 701, form, beta == 0, beta);
            project(300, 33, 256, form, true, beta);
            project(17, 257, 270, form, false, beta);
        }
    project(860, 8, 10000, transposed::no, true, 0); // rows in blocks
}

// An operand rounded to 8 bits is off by at most 2^-9 of itself, so a sum of products of random sign by about that much
// of the largest: some hundredths after a few steps. In fp32 it is 1e-5, which would show that nothing was rounded.
BOOST_AUTO_TEST_CASE(recurrent_layers_are_near_those_in_fp32_but_rounded) {
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru})
        for (double const beta : {0.0, 1.0})
            for (auto const& [lanes, d, h] : {product_case{20, 65, 131}, {70, 129, 70}, {3, 400, 65}}) {
                auto const off = recur(cell, 4, lanes, d, h, beta);
                BOOST_TEST(off < 0.02);
                BOOST_TEST(off > 1e-4);
            }
}

// While a lane runs, nothing that happens to the others changes its bits: neither its values nor, when its later steps
// have no gradient, the gradients.
BOOST_AUTO_TEST_CASE(lengths_of_lanes_change_no_bit_before_they_end) {
    constexpr std::size_t lanes = 20, steps = 5, d = 65, h = 131;
    for (auto const& ops : {wordmill::cpu_operations(2), processors_of_bf16()[1]})
        for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru})
            for (bool const falling : {true, false}) {
                std::vector<std::uint32_t> lengths;
                for (std::uint32_t b = 0; b < lanes; ++b) lengths.push_back(falling ? 5 - b / 5 : b * b % 6);
                auto const of_lanes = mirror(*ops, lengths);
                wordmill::parameter_set<float> set(ops);
                auto const gates = wordmill::gates_of(cell) * h;
                wordmill::recurrent<float> layer(
                    {.cell = cell},
                    {set.add("input", d, gates), set.add("hidden", h, gates), set.add("bias", 1, gates)});
                for (auto& p : set) wordmill::fill_uniform(p, wordmill::random_key(p.rows()), 0.1);
                wordmill::tensor<float> x(ops, steps * lanes, d), d_y(ops, steps * lanes, h);
                x.assign(random_values({{steps * lanes, d}})[0]);
                auto gradient = random_values({{steps * lanes, h}})[0];
                for (std::size_t i = 0; i < gradient.size(); ++i)
                    if (i / h / lanes >= lengths[i / h % lanes]) gradient[i] = 0;
                d_y.assign(gradient);
                auto const outcome = [&](bool with_lengths) {
                    set.begin_step();
                    auto const y =
                        on_host(*ops, layer.forward(x.view(), lanes,
                                                    with_lengths ? of_lanes.device()
                                                                 : wordmill::device_span<std::uint32_t const>()));
                    auto all = on_host(*ops, layer.backward(d_y.view()));
                    for (std::size_t r = 0; r < steps * lanes; ++r)
                        if (r / lanes < lengths[r % lanes]) all.insert(all.end(), &y[r * h], &y[r * h] + h);
                    for (auto& p : set) {
                        auto const one = p.host_gradient();
                        all.insert(all.end(), one.begin(), one.end());
                    }
                    return all;
                };
                BOOST_TEST((outcome(true) == outcome(false)), ops->name());
            }
}

BOOST_AUTO_TEST_CASE(a_processor_refuses_tf32) {
    BOOST_CHECK_EXCEPTION((void)wordmill::cpu_operations(1, precision::tf32), wordmill::error, [](auto const& e) {
        return e.kind() == wordmill::failure::usage && std::string(e.what()).find("found tf32") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(the_name_tells_the_precision) {
    BOOST_TEST(processors_of_bf16()[0]->name() == "cpu, 1 thread, bf16");
    BOOST_TEST(processors_of_bf16()[1]->name() == "cpu, 2 threads, bf16");
}

BOOST_AUTO_TEST_SUITE_END()
