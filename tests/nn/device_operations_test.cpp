#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
#include "both_ways.hpp"

using wordmill::activation;
using wordmill::device_view;
using wordmill::no_token;
using wordmill::operations;
using wordmill::recurrent_cell;
using wordmill::token_id;
using wordmill::transposed;

// Expected values come from the reference in double; tolerances are relative to the largest value of a result. With 24
// bits of a float, a sum of a few hundred products is off by about 1e-6.
namespace {
constexpr double for_values = 1e-6, for_products = 3e-6, for_gradients = 1e-5;
std::size_t const sizes[] = {0, 1, 3, 17, 65};

struct product_case {
    std::size_t m, k, n;
};
}

// Cases for every device.
namespace {
void check_products(twins const& on, std::vector<product_case> cases) {
    for (auto const m : sizes)
        for (auto const k : sizes)
            for (auto const n : sizes) cases.push_back({m, k, n});
    for (auto const& [m, k, n] : cases)
        for (auto const a_form : {transposed::no, transposed::yes})
            for (auto const b_form : {transposed::no, transposed::yes})
                for (double const beta : {0.0, 1.0, 0.5}) {
                    if (m * k * n > 300000 && beta != 1) continue;
                    auto const a = a_form == transposed::yes ? shape{k, m, 2} : shape{m, k, 0};
                    auto const b = b_form == transposed::yes ? shape{n, k, 0} : shape{k, n, 5};
                    agrees(on, std::to_string(m) + " " + std::to_string(k) + " " + std::to_string(n), {a, b, {m, n, 3}},
                           for_products, [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& x) {
                               ops.multiply(a_form, x[0], b_form, x[1], static_cast<T>(beta), x[2]);
                               return std::vector<double>();
                           });
                }
}

void check_affine(twins const& on, std::vector<product_case> cases) {
    for (std::size_t const m : {0, 1, 6, 7, 29})
        for (std::size_t const k : {0, 1, 17, 65})
            for (std::size_t const n : {1, 16, 31, 33, 65}) cases.push_back({m, k, n});
    for (auto const& [m, k, n] : cases)
        for (auto const form : {transposed::no, transposed::yes}) {
            auto const w = form == transposed::yes ? shape{n, k, 1} : shape{k, n, 2};
            agrees(on, "affine " + std::to_string(m) + " " + std::to_string(k) + " " + std::to_string(n),
                   {{m, k, 1}, w, {1, n}, {m, n, 3}, {m, n}, {m, n}}, for_products,
                   [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& x) {
                       ops.fill(x[3], static_cast<T>(NAN)); // which is replaced
                       ops.affine(x[0], form, x[1], x[2], x[3]);
                       ops.hold_weights(); // and used twice
                       for (auto const& to : {x[5], x[4]}) ops.affine(x[0], form, x[1], x[2], to);
                       ops.release_weights();
                       ops.scale(x[1], T(2));
                       ops.affine(x[0], form, x[1], x[2], x[5]);
                       return std::vector<double>();
                   });
        }
}

// So the result for one sequence does not depend on the batch it is in.
void check_rows_of_products(twins const& on) {
    constexpr std::size_t rows = 20;
    for (auto const& ops : on)
        for (auto const& [k, n] : {std::pair<std::size_t, std::size_t>{17, 33}, {385, 700}, {1200, 65}})
            for (float const beta : {0.0F, 1.0F}) {
                auto const values = random_values({{rows, k}, {k, n}, {rows, n}});
                auto const outcome = [&](std::size_t count) {
                    wordmill::tensor<float> a(ops, rows, k), b(ops, k, n), c(ops, rows, n);
                    a.assign(values[0]);
                    b.assign(values[1]);
                    c.assign(values[2]);
                    ops->multiply(transposed::no, rows_of(a.view(), 0, count), transposed::no, b.view(), beta,
                                  rows_of(c.view(), 0, count));
                    return on_host(*ops, rows_of(c.view(), 0, 1));
                };
                auto const expected = outcome(rows);
                for (std::size_t const count : {1, 2, 6, 7}) BOOST_TEST((outcome(count) == expected));
                wordmill::tensor<float> x(ops, rows, k), w(ops, k, n), bias(ops, 1, n), y(ops, rows, n);
                x.assign(values[0]);
                w.assign(values[1]);
                bias.assign({values[2].begin(), values[2].begin() + static_cast<std::ptrdiff_t>(n)});
                auto const with_bias = [&](std::size_t count) {
                    ops->affine(rows_of(x.view(), 0, count), transposed::no, w.view(), bias.view(),
                                rows_of(y.view(), 0, count));
                    return on_host(*ops, rows_of(y.view(), 0, 1));
                };
                auto const expected_sum = with_bias(rows);
                for (std::size_t const count : {1, 2, 6, 7}) BOOST_TEST((with_bias(count) == expected_sum));
                wordmill::constant_weights<float> const held(ops);
                for (std::size_t const count : {1, 7}) BOOST_TEST((with_bias(count) == expected_sum));
            }
    wordmill::parameter_set<float> set(on.back());
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru}) {
        auto const name = std::to_string(static_cast<int>(cell));
        auto const gates = wordmill::gates_of(cell) * 400;
        wordmill::recurrent<float> layer(
            {.cell = cell},
            {set.add(name + "w", 5, gates), set.add(name + "u", 400, gates), set.add(name + "b", 1, gates)});
        for (auto& p : set) wordmill::fill_uniform(p, wordmill::random_key(p.rows()), 0.1);
        auto const values = random_values({{rows, 5}, {rows, 400}});
        wordmill::tensor<float> x(set.ops(), rows, 5), h(set.ops(), rows, 400);
        x.assign(values[0]);
        h.assign(values[1]);
        auto const outcome = [&](std::size_t count) {
            layer.set_state({rows_of(h.view(), 0, count), {}});
            return on_host(*set.ops(), rows_of(layer.forward(rows_of(x.view(), 0, count), count), 0, 1));
        };
        auto const expected = outcome(rows);
        for (std::size_t const count : {1, 5, 7}) BOOST_TEST((outcome(count) == expected));
    }
}

void check_replaced_values(twins const& on) {
    auto const& ops = on.front();
    for (std::size_t const k : {0, 3}) {
        wordmill::tensor<float> a(ops, 2, 3), c(ops, 2, 2);
        a.assign(std::vector<float>(6, 1));
        c.assign(std::vector<float>(4, NAN));
        auto const part = columns_of(a.view(), 0, k);
        ops->multiply(transposed::no, part, transposed::yes, part, 0, c.view());
        BOOST_TEST(c.values() == std::vector<float>(4, static_cast<float>(k)), boost::test_tools::per_element());
    }
    wordmill::tensor<float> x(ops, 2, 3), row(ops, 1, 3), steps(ops, 1, 3);
    x.assign(std::vector<float>{1, 2, 3, 4, 5, 6});
    for (auto* const to : {&row, &steps}) to->assign(std::vector<float>(3, NAN));
    ops->sum_rows(x.view(), 0, row.view());
    ops->sum_steps(x.view(), 0, steps.view());
    for (auto const* const sums : {&row, &steps})
        BOOST_TEST(sums->values() == (std::vector<float>{5, 7, 9}), boost::test_tools::per_element());
}

void check_sums(twins const& on) {
    for (auto const rows : {std::size_t{0}, std::size_t{1}, std::size_t{17}, std::size_t{65}, std::size_t{1200}})
        for (auto const columns : {std::size_t{1}, std::size_t{3}, std::size_t{17}, std::size_t{65}})
            for (std::size_t const gap : {0, 3}) {
                auto const what = std::to_string(rows) + " x " + std::to_string(columns);
                shape const s{rows, columns, gap}, row{1, columns};
                agrees(on, what, {s, s, s, row, row}, for_products,
                       []<class T>(operations<T>& ops, std::vector<device_view<T>> const& x) {
                           ops.add_row(x[3], x[0]);
                           ops.add(x[0], T(0.25), x[1]);
                           ops.multiply_values(x[0], x[1], x[2]);
                           ops.multiply_values(x[0], x[1], x[1]);
                           ops.scale(x[0], T(-3));
                           ops.sum_rows(x[1], T(0.5), x[3]);
                           ops.sum_rows(x[2], T(0), x[4]);
                           ops.sum(x[0], x[1], x[2]);
                           return std::vector<double>{sum_of_squares(ops, x[0])};
                       });
                agrees(on, what, {s, s, s}, 0, []<class T>(operations<T>& ops, std::vector<device_view<T>> const& x) {
                    ops.copy(x[0], x[1]);
                    ops.fill(x[2], T(5));
                    return std::vector<double>();
                });
            }
}

void check_activations(twins const& on) {
    for (auto const f :
         {activation::sigmoid, activation::tanh, activation::relu, activation::gelu, activation::softmax})
        for (double const largest : {0.01, 3.0, 1e4})
            for (auto const columns : sizes)
                for (std::size_t const gap : {0, 1}) {
                    if (f == activation::softmax && columns == 0) continue; // of nothing, there is none
                    shape const x{19, columns, gap, largest}, y{19, columns, gap}, d{19, columns, 2 * gap};
                    agrees(on, "function " + std::to_string(static_cast<int>(f)), {x, y, d, d}, for_values,
                           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                               ops.activate(f, m[0], m[1]);
                               ops.activate_backward(f, goes_back_from_argument(f) ? m[0] : m[1], m[2], m[3]);
                               ops.activate(f, m[0], m[0]);
                               ops.activate_backward(f, m[0], m[2], m[2]);
                               return std::vector<double>();
                           });
                }
}

void check_what_is_no_number(twins const& on) {
    auto const& ops = on.front();
    for (auto const f :
         {activation::sigmoid, activation::tanh, activation::relu, activation::gelu, activation::softmax}) {
        std::vector<float> values(20, 0.5F);
        values[1] = values[18] = NAN;
        wordmill::tensor<float> x(ops, 1, 20);
        x.assign(values);
        ops->activate(f, x.view(), x.view());
        BOOST_TEST(std::isnan(x.values()[1]));
        BOOST_TEST(std::isnan(x.values()[18]));
    }
    wordmill::tensor<float> x(ops, 1, 2), weights(ops, 2, 40);
    x.assign(std::vector<float>{1, 1});
    std::vector<float> values(2 * 40, 0.5F);
    values[7] = NAN;
    weights.assign(values);
    auto const loss = loss_of(*ops, [&](auto to) {
        ops->projection_loss(x.view(), {.weights = weights.view()}, mirror(*ops, std::vector{token_id{3}}).device(),
                             to);
    });
    BOOST_TEST(std::isnan(loss.sum));
}

void check_dropping(twins const& on) {
    auto const reference = wordmill::reference_operations<float>();
    for (double const ratio : {0.0, 0.3, 0.5, 1.0})
        for (std::size_t const period : {0, 4})
            for (auto const columns : sizes) {
                wordmill::dropout_mask const mask{wordmill::random_key(5), ratio, 1 / (1.01 - ratio), period};
                std::vector<shape> const shapes{{23, columns, 1}, {23, columns}, {23, columns, 2}, {23, columns}};
                auto const values = random_values(shapes);
                auto const drop = [&](operations<float>& ops, std::vector<device_view<float>> const& x) {
                    ops.drop(mask, x[0], x[1]);
                    ops.drop(mask, x[0], x[0]);
                    ops.sum_dropped(mask, x[1], x[2], x[3]);
                    return std::vector<double>();
                };
                auto const expected = outcome_of(*reference, shapes, values, drop);
                for (auto const& ops : on)
                    BOOST_TEST((outcome_of(*ops, shapes, values, drop).matrices == expected.matrices));
            }
}

void check_losses(twins const& on) {
    for (double const largest : {1.0, 1e4})
        for (std::size_t const rows : {0, 1, 3, 65})
            for (std::size_t const columns : {1, 3, 17, 65, 1000}) {
                auto const targets = random_targets(rows, columns, 4);
                std::vector<std::uint8_t> labels;
                for (std::size_t i = 0; i < rows * columns; ++i) labels.push_back(i * i % 3 == 0);
                shape const x{rows, columns, 2, largest}, y{rows, columns, 1};
                agrees(
                    on, "loss of " + std::to_string(rows) + " x " + std::to_string(columns), {x, y, y, x, y},
                    for_products, [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                        auto const ids = mirror(ops, targets);
                        auto const marks = mirror(ops, labels);
                        auto numbers = numbers_of(loss_of(
                            ops, [&](auto loss) { ops.sigmoid_loss(m[0], marks.device(), T(0.5), m[1], loss); }));
                        auto const add = [&](wordmill::loss_sum const& loss) {
                            for (auto const n : numbers_of(loss)) numbers.push_back(n);
                        };
                        add(loss_of(ops, [&](auto loss) { ops.softmax_loss(m[0], ids.device(), m[2], loss); }));
                        ops.softmax_loss_backward(m[2], ids.device(), T(0.1), m[2]);
                        add(loss_of(ops, [&](auto loss) { ops.softmax_loss(m[0], ids.device(), m[4], loss, T(0.2)); }));
                        ops.softmax_loss_backward(m[4], ids.device(), T(0.1), m[4], T(0.2));
                        add(loss_of(ops, [&](auto loss) { ops.softmax_loss(m[3], ids.device(), m[3], loss); }));
                        return numbers;
                    });
            }
}

void project(twins const& on, std::size_t n, std::size_t d, std::size_t v, transposed form, bool bias, double largest,
             double beta, std::uint64_t mean_over = 0, double smoothing = 0) {
    auto const targets = random_targets(n, v);
    shape const x{n, d, 2}, wide{1, v}, weights = form == transposed::yes ? shape{v, d, 3} : shape{d, v, 1};
    auto large = weights;
    large.largest = largest;
    // Logits of 1e4 have 1e-3 behind the last digit of a float, which is what probabilities may then be off.
    agrees(on, "projection " + std::to_string(n) + " " + std::to_string(d) + " " + std::to_string(v),
           {x, large, wide, x, weights, wide}, largest > 1 ? 2e-3 : for_gradients,
           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
               auto const nothing = device_view<T>();
               wordmill::projection<T> const to{m[1], bias ? m[2] : nothing, form};
               auto const ids = mirror(ops, targets);
               auto numbers = numbers_of(loss_of(ops, [&](auto loss) {
                   ops.projection_loss(m[0], to, ids.device(), loss,
                                       {.x = m[3],
                                        .to = {m[4], bias ? m[5] : nothing, form},
                                        .weights_beta = static_cast<T>(beta),
                                        .bias_beta = static_cast<T>(beta),
                                        .mean_over = mean_over,
                                        .smoothing = static_cast<T>(smoothing)});
               }));
               auto const again = loss_of(ops, [&](auto loss) { ops.projection_loss(m[0], to, ids.device(), loss); });
               for (auto const number : numbers_of(again)) numbers.push_back(number);
               return numbers;
           });
}

void check_projections(twins const& on, std::vector<std::size_t> const& columns) {
    for (auto const form : {transposed::no, transposed::yes})
        for (double const beta : {0.0, 1.0}) {
            for (std::size_t const n : {0, 1, 3, 65})
                for (std::size_t const d : {1, 17, 65})
                    for (auto const v : columns) project(on, n, d, v, form, v % 2 == 0, 1, beta);
            project(on, 100, 20, 300, form, false, 1e4, beta); // extreme logits
        }
    project(on, 30, 20, 300, transposed::no, false, 1, 1, 100);
    for (auto const form : {transposed::no, transposed::yes})
        for (auto const v : columns)
            for (bool const bias : {false, true}) project(on, 65, 17, v, form, bias, 1, bias ? 1 : 0, 0, 0.1);
}
void check_large_projections(twins const& on) {
    for (auto const form : {transposed::no, transposed::yes}) {
        for (double const beta : {0.0, 1.0}) project(on, 400, 20, 300, form, false, 1e4, beta); // extreme logits
        project(on, 30, 400, 2700, form, true, 1, 1); // sums in slabs, d_x in groups
    }
    for (double const smoothing : {0.0, 0.1})
        project(on, 900, 3, 10000, transposed::no, true, 1, 0, 0, smoothing); // rows in blocks
}

void recur(twins const& on, recurrent_cell cell, std::size_t steps, std::size_t lanes, std::size_t d, std::size_t h,
           double beta, std::vector<std::uint32_t> const& lengths = {}, bool outputs = true) {
    auto const width = wordmill::gates_of(cell) * h, rows = steps * lanes;
    shape const x{rows, d, 1}, input{d, width, 0, 0.3}, hidden{h, width, 2, 1 / std::sqrt(static_cast<double>(h))},
        bias{1, width}, gates{rows, width, 3}, state{(steps + 1) * lanes, h, 1}, d_hidden{rows, h, 2}, last{lanes, h};
    agrees(on,
           "cell " + std::to_string(static_cast<int>(cell)) + ", " + std::to_string(steps) + " steps of "
               + std::to_string(lanes) + ", " + std::to_string(d) + " to " + std::to_string(h),
           {x, input, hidden, bias, gates, state, state, d_hidden, last, last, x, input, hidden, bias}, for_gradients,
           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
               auto const lstm = cell == recurrent_cell::lstm;
               wordmill::recurrent_weights<T> const w{m[1], m[2], m[3]}, gradients{m[11], m[12], m[13]};
               wordmill::recurrent_run<T> const run{lanes, m[4], m[5], lstm ? m[6] : device_view<T>()};
               auto const of_lanes = mirror(ops, lengths);
               wordmill::recurrent_pass<T> const pass{cell, w, m[0], run, of_lanes.device()};
               ops.recurrent_forward(pass);
               auto const norm = sum_of_squares(ops, m[4]); // the way back overwrites the gates
               ops.recurrent_backward(pass, {.hidden = outputs ? m[7] : device_view<T>(),
                                             .state = m[8],
                                             .cells = lstm ? m[9] : device_view<T>(),
                                             .x = m[10],
                                             .weights = gradients,
                                             .beta = static_cast<T>(beta)});
               return std::vector<double>{norm};
           });
}

void check_recurrent_layers(twins const& on) {
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru}) {
        for (std::size_t const steps : {0, 1, 4})
            for (std::size_t const lanes : {1, 3, 17})
                for (std::size_t const h : {1, 3, 17, 65}) recur(on, cell, steps, lanes, 5, h, steps == 1 ? 1 : 0);
    }
}

// In falling order, where the last rows of a product are left out, and in any order.
void check_lengths(twins const& on) {
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru}) {
        for (auto const& lengths :
             std::vector<std::vector<std::uint32_t>>{{6, 5, 5, 2, 1}, {1, 6, 0, 3, 6}, {2, 0, 1, 0, 0}})
            for (std::size_t const h : {1, 17, 65})
                for (bool const outputs : {true, false}) recur(on, cell, 6, 5, 5, h, h == 17 ? 1 : 0, lengths, outputs);
    }
}

/// Enough of them to be shared between threads.
void check_many_lengths(twins const& on) {
    std::vector<std::uint32_t> falling, any;
    for (std::uint32_t b = 0; b < 40; ++b) {
        falling.push_back(5 - b / 9);
        any.push_back(b * b % 6);
    }
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru}) {
        recur(on, cell, 5, 40, 33, 300, 1, falling);
        recur(on, cell, 5, 40, 33, 300, 0, any, false);
    }
}

void check_rows_of_sequences(twins const& on) {
    for (std::size_t const lanes : {1, 3, 40})
        for (std::size_t const steps : {0, 1, 5})
            for (bool const with_lengths : {false, true}) {
                std::vector<std::uint32_t> lengths;
                for (std::uint32_t b = 0; with_lengths && b < lanes; ++b) lengths.push_back(b % 7);
                shape const all{steps * lanes, 33, 2}, one{lanes, 33, 1};
                agrees(on, "rows of sequences", {all, all, one, one, all, one}, for_values,
                       [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                           ops.reverse_steps(lanes, m[0], mirror(ops, lengths).device(), m[1]);
                           ops.sum_steps(m[0], T(0), m[2]);
                           ops.sum_steps(m[0], T(0.5), m[3]);
                           ops.repeat_rows(m[5], m[4]);
                           return std::vector<double>();
                       });
            }
}

void check_empty_gradient(twins const& on) {
    std::vector<shape> const shapes{{6, 5}, {5, 12}, {3, 12}, {1, 12}, {6, 12}, {8, 3}, {8, 3}, {6, 3}, {2, 3}};
    auto const values = random_values(shapes);
    auto const back = [&](bool with) {
        return outcome_of(*on.front(), shapes, values, [&](auto& ops, auto const& m) {
            wordmill::recurrent_weights<float> const w{m[1], m[2], m[3]};
            wordmill::recurrent_pass<float> const pass{recurrent_cell::lstm, w, m[0], {2, m[4], m[5], m[6]}};
            ops.recurrent_forward(pass);
            wordmill::buffer<float> d_cells(ops.queue(), 6), d_x(ops.queue(), 30), d_input(ops.queue(), 60),
                d_hidden(ops.queue(), 36), d_bias(ops.queue(), 12);
            ops.recurrent_backward(pass,
                                   {.hidden = m[7],
                                    .state = m[8],
                                    .cells = d_cells.matrix(2, 3),
                                    .x = with ? d_x.matrix(6, 5) : device_view<float>(),
                                    .weights = {d_input.matrix(5, 12), d_hidden.matrix(3, 12), d_bias.matrix(1, 12)}});
            auto const input = on_host(ops, d_input.matrix(5, 12));
            return std::vector<double>(input.begin(), input.end());
        });
    };
    BOOST_TEST((back(true).numbers == back(false).numbers));
}

void check_rows_by_number(twins const& on) {
    for (std::size_t const count : {0, 1, 17, 65})
        for (std::size_t const columns : {1, 3, 17, 65}) {
            auto const ids = random_targets(count, 9, 1000);
            std::vector<std::uint32_t> places;
            for (auto const id : ids) places.push_back(wordmill::index(id) / 2);
            shape const x{count, columns, 1}, negatives{count * 3, columns, 2}, dots{count, 3, 1};
            agrees(on, "rows " + std::to_string(count),
                   {{9, columns, 1}, x, {5, columns}, negatives, x, dots, negatives, x}, for_products,
                   [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                       auto const rows = mirror(ops, ids);
                       auto const sums = mirror(ops, places);
                       ops.gather(m[0], rows.device(), m[1]);
                       ops.scatter_add(m[1], rows.device(), m[0]);
                       ops.sum_into(m[1], sums.device(), m[2]);
                       ops.dot_rows(m[3], m[4], m[5]);
                       ops.dot_rows_backward(m[5], m[3], m[4], m[6], m[7]);
                       return std::vector<double>();
                   });
        }
}

struct gaps_of_updates {
    std::size_t values, first, second; // of the moments
};
void check_optimizers(twins const& on) {
    using kind = wordmill::optimizer_kind;
    std::vector<token_id> const some{token_id{1}, token_id{4}, token_id{18}};
    for (auto const one : {kind::sgd, kind::momentum, kind::nesterov, kind::adagrad, kind::rmsprop, kind::adam})
        for (std::size_t const columns : {1, 17, 65, 2000})
            for (auto const& gaps : {gaps_of_updates{0, 0, 0}, {2, 2, 2}, {0, 3, 0}, {0, 0, 3}}) {
                wordmill::update_rule const rule{one, 0.05, 0.9, 0.99, 1e-7, 0.5};
                auto lazy = rule;
                lazy.lazy = true;
                shape const s{19, columns, gaps.values}, g{3, columns, 1};
                std::vector<shape> const shapes{s, g, s, {19, columns, gaps.first}, {19, columns, gaps.second}};
                auto values = random_values(shapes);
                for (auto& x : values[3]) x = std::abs(x); // sums of squares, for those who keep them there
                for (auto& x : values[4]) x = std::abs(x);
                agrees(
                    on, "optimizer " + std::to_string(static_cast<int>(one)), shapes, for_products,
                    [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
                        ops.update(rule, {m[0], {}, m[2], m[3], m[4]});
                        for (auto const& by_rows : {rule, lazy})
                            ops.update(by_rows, {m[1], mirror(ops, some).device(), m[2], m[3], m[4]});
                        return std::vector<double>();
                    },
                    values);
            }
}

// Threads of the largest grid take more than one value each.
void check_large_matrices(twins const& on) {
    constexpr std::size_t size = 1030;
    std::vector<std::uint8_t> labels;
    for (std::size_t i = 0; i < size * size; ++i) labels.push_back(i % 3 == 0);
    shape const s{size, size, 1};
    agrees(on, "large matrices", {s, s, s}, for_products,
           [&]<class T>(operations<T>& ops, std::vector<device_view<T>> const& m) {
               auto const marks = mirror(ops, labels);
               auto numbers = numbers_of(
                   loss_of(ops, [&](auto loss) { ops.sigmoid_loss(m[0], marks.device(), T(0.5), m[1], loss); }));
               ops.update({.rate = 0.5}, {m[1], {}, m[2], {}, {}});
               numbers.push_back(sum_of_squares(ops, m[2]));
               return numbers;
           });
}
}

BOOST_AUTO_TEST_SUITE(cpu_operations)

BOOST_AUTO_TEST_CASE(products_agree_in_all_forms_and_sizes) {
    check_products(processors(), {{700, 5, 3}, {2, 800, 300}, {150, 385, 260}, {20, 1200, 33}, {3, 5000, 900}});
    // Left operands whose rows displace each other in a cache, slabs longer than most, and several blocks of columns.
    check_products(processors(), {{150, 512, 40}, {145, 1024, 33}, {15, 1151, 45}, {9, 1500, 1100}});
}
BOOST_AUTO_TEST_CASE(products_with_a_bias_agree) {
    check_affine(processors(), {{150, 385, 260}, {15, 1151, 45}, {145, 1024, 33}, {2, 800, 300}});
}
BOOST_AUTO_TEST_CASE(a_row_of_a_product_has_the_same_bits_whatever_the_number_of_rows) {
    check_rows_of_products(processors());
}
BOOST_AUTO_TEST_CASE(products_and_sums_that_are_not_added_replace_what_is_no_number) {
    check_replaced_values(processors());
}
BOOST_AUTO_TEST_CASE(sums_and_values_agree) { check_sums(processors()); }
BOOST_AUTO_TEST_CASE(activations_agree_also_far_out) { check_activations(processors()); }
BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none) { check_what_is_no_number(processors()); }
BOOST_AUTO_TEST_CASE(dropping_equals_the_reference_bit_by_bit) { check_dropping(processors()); }
BOOST_AUTO_TEST_CASE(losses_agree_also_far_out) { check_losses(processors()); }
BOOST_AUTO_TEST_CASE(the_loss_of_a_projection_agrees_and_so_do_its_gradients) {
    check_projections(processors(), {1, 3, 40, 700});
    check_large_projections(processors());
}
BOOST_AUTO_TEST_CASE(recurrent_layers_agree_forward_and_back) {
    check_recurrent_layers(processors());
    for (auto const cell : {recurrent_cell::tanh, recurrent_cell::lstm, recurrent_cell::gru})
        recur(processors(), cell, 3, 20, 65, 400, 1); // shared between threads
}
BOOST_AUTO_TEST_CASE(recurrent_layers_with_lengths_agree_forward_and_back) {
    check_lengths(processors());
    check_many_lengths(processors());
}
BOOST_AUTO_TEST_CASE(operations_on_rows_of_sequences_agree) { check_rows_of_sequences(processors()); }
BOOST_AUTO_TEST_CASE(an_empty_gradient_of_the_input_is_left_out) { check_empty_gradient(processors()); }
BOOST_AUTO_TEST_CASE(rows_by_number_agree) { check_rows_by_number(processors()); }
BOOST_AUTO_TEST_CASE(steps_of_optimizers_agree) { check_optimizers(processors()); }

BOOST_AUTO_TEST_CASE(memory_is_zero_and_holds_what_is_put_in) {
    auto const ops = wordmill::cpu_operations();
    wordmill::tensor<float> x(ops, 3, 5);
    BOOST_TEST((x.values() == std::vector<float>(15)));
    std::vector<float> const values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    x.assign(values);
    BOOST_TEST((x.values() == values));
    BOOST_TEST(processors()[0]->name() == "cpu, 1 thread");
    BOOST_TEST(processors()[1]->name() == "cpu, 2 threads");
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_refused) {
    auto& ops = *processors().front();
    wordmill::buffer<float> x(ops.queue(), 100);
    auto const m = [&](std::size_t rows, std::size_t columns) { return x.matrix(rows, columns); };
    auto const of = [&](token_id id) { return mirror(ops, std::vector{id}); };
    wordmill::deferred<wordmill::loss_sum> loss(ops.queue());
    BOOST_CHECK_THROW(ops.multiply(transposed::no, m(2, 3), transposed::no, m(4, 2), 0, m(2, 2)),
                      wordmill::contract_violation);
    BOOST_CHECK_THROW(ops.gather(m(2, 3), of(token_id{2}).device(), m(1, 3)), wordmill::contract_violation);
    BOOST_CHECK_THROW(ops.projection_loss(m(1, 3), {.weights = m(3, 4)}, of(token_id{4}).device(), loss.target()),
                      wordmill::contract_violation);
    BOOST_CHECK_THROW(ops.softmax_loss(m(1, 3), of(token_id{3}).device(), m(1, 3), loss.target()),
                      wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {
std::string why_no_cublas() {
    auto const reason = why_no_gpu();
    return reason.empty() && !wordmill::cuda_operations()->name().starts_with("cuda, cuBLAS") ? "cuBLAS is not found"
                                                                                              : reason;
}
}

BOOST_AUTO_TEST_SUITE(cuda_operations, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

BOOST_AUTO_TEST_CASE(products_agree_in_all_forms_and_sizes) {
    check_products(gpus(), {{700, 5, 3}, {2, 300, 100}, {1000, 3, 1100}}); // the last one in large tiles
}
BOOST_AUTO_TEST_CASE(products_with_a_bias_agree) { check_affine(gpus(), {}); }
BOOST_AUTO_TEST_CASE(a_row_of_a_product_has_the_same_bits_whatever_the_number_of_rows) {
    check_rows_of_products(gpus());
}
BOOST_AUTO_TEST_CASE(products_and_sums_that_are_not_added_replace_what_is_no_number) { check_replaced_values(gpus()); }
BOOST_AUTO_TEST_CASE(sums_and_values_agree) { check_sums(gpus()); }
BOOST_AUTO_TEST_CASE(activations_agree_also_far_out) { check_activations(gpus()); }
BOOST_AUTO_TEST_CASE(what_is_no_number_stays_none) { check_what_is_no_number(gpus()); }
BOOST_AUTO_TEST_CASE(dropping_equals_the_reference_bit_by_bit) { check_dropping(gpus()); }
BOOST_AUTO_TEST_CASE(losses_agree_also_far_out) { check_losses(gpus()); }
BOOST_AUTO_TEST_CASE(the_loss_of_a_projection_agrees_and_so_do_its_gradients) { check_projections(gpus(), {3, 70}); }
BOOST_AUTO_TEST_CASE(recurrent_layers_agree_forward_and_back) { check_recurrent_layers(gpus()); }
BOOST_AUTO_TEST_CASE(recurrent_layers_with_lengths_agree_forward_and_back) { check_lengths(gpus()); }
BOOST_AUTO_TEST_CASE(operations_on_rows_of_sequences_agree) { check_rows_of_sequences(gpus()); }
BOOST_AUTO_TEST_CASE(an_empty_gradient_of_the_input_is_left_out) { check_empty_gradient(gpus()); }
BOOST_AUTO_TEST_CASE(rows_by_number_agree) { check_rows_by_number(gpus()); }
BOOST_AUTO_TEST_CASE(steps_of_optimizers_agree) { check_optimizers(gpus()); }
BOOST_AUTO_TEST_CASE(operations_on_large_matrices_agree) { check_large_matrices(gpus()); }
BOOST_AUTO_TEST_CASE(products_by_a_library_agree, *skipped_if(why_no_cublas)) {
    twins const library{wordmill::cuda_operations()};
    check_products(library, {{700, 5, 3}, {150, 385, 260}});
    check_replaced_values(library);
    recur(library, recurrent_cell::gru, 3, 5, 17, 33, 1);
    project(library, 30, 17, 40, transposed::yes, true, 1, 1);
}

BOOST_AUTO_TEST_SUITE_END()
