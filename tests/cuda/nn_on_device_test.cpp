// Kernels of layers against plain loops in double precision. The cases run on the emulator, too; there and with
// compute-sanitizer they also look for races. tests/nn compares the operations made of them with their reference.
#include "../skipped.hpp"
#include "../worse_of.hpp"
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/nn_addressing.hpp"
#include "wordmill/cuda/nn_attention.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include "wordmill/cuda/nn_losses.hpp"
#include "wordmill/cuda/nn_products.hpp"
#include "wordmill/cuda/nn_recurrent.hpp"
#include "wordmill/cuda/nn_rows.hpp"
#include "wordmill/cuda/nn_updates.hpp"
#include <algorithm>
#include <bit>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace cuda = wordmill::cuda;

namespace {
std::string why_no_gpu() { return cuda::check_devices().reason; }

struct fixture {
    cuda::device_queue queue{};
    cuda::nn_device nn{queue, {.libraries = false, .logits_at_once = 1000}};
    std::mt19937 random{1};
};

/// Values on the device, with a copy of what they were on the host.
template <class T> struct values {
    values(fixture& f, std::vector<T> v)
        : queue(f.queue), here(std::move(v)), data(static_cast<T*>(queue.allocate(here.size() * sizeof(T)))) {
        queue.copy_in(here.data(), here.size() * sizeof(T), 1, data, here.size() * sizeof(T));
    }
    values(values const&) = delete;
    values& operator=(values const&) = delete;
    ~values() { queue.release(data); }
    [[nodiscard]] std::vector<T> now() const {
        std::vector<T> found(here.size());
        queue.copy_out(data, found.size() * sizeof(T), found.data(), found.size() * sizeof(T), 1);
        queue.wait(queue.mark());
        return found;
    }
    [[nodiscard]] cuda::device_values<T const> view() const { return {data, here.size()}; }
    cuda::device_queue& queue;
    std::vector<T> here;
    T* data;
};

/// A matrix of values between -1 and 1 whose rows are one more value apart.
struct random_matrix : values<float> {
    random_matrix(fixture& f, std::size_t r, std::size_t c)
        : values<float>(f, drawn(f, r * (c + 1))), rows(r), columns(c), stride(c + 1) {}
    static std::vector<float> drawn(fixture& f, std::size_t count) {
        std::uniform_real_distribution<float> one(-1, 1);
        std::vector<float> x(count);
        for (auto& value : x) value = one(f.random);
        return x;
    }
    operator cuda::float_matrix() const { return {data, rows, columns, stride}; }
    operator cuda::float_input() const { return {data, rows, columns, stride}; }
    [[nodiscard]] double at(std::size_t r, std::size_t c) const { return static_cast<double>(here[r * stride + c]); }
    std::size_t rows, columns, stride;
};

/// The matrix is now expected(r, c), and its gaps are what they were.
template <class Expected>
void holds(char const* what, random_matrix const& m, Expected expected, double tolerance = 1e-5) {
    auto const found = m.now();
    double worst = 0;
    bool untouched = true;
    for (std::size_t r = 0; r < m.rows; ++r) {
        for (std::size_t c = 0; c < m.columns; ++c) {
            auto const off = std::abs(static_cast<double>(found[r * m.stride + c]) - expected(r, c));
            worst = worse_of(worst, off);
        }
        untouched = untouched && found[r * m.stride + m.columns] == m.here[r * m.stride + m.columns];
    }
    BOOST_TEST(worst <= tolerance, what << " is off by " << worst);
    BOOST_TEST(untouched, what << ": a gap is written to");
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
}

BOOST_FIXTURE_TEST_SUITE(nn_on_device, fixture, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

// In small tiles, in large ones, and for lanes.
BOOST_AUTO_TEST_CASE(products_are_sums_of_products) {
    struct sizes {
        std::size_t m, k, n;
    };
    for (auto const& [m, k, n] : {sizes{37, 20, 35}, sizes{1030, 3, 1030}}) {
        random_matrix const a(*this, m, k), b(*this, n, k), c(*this, m, n);
        cuda::multiply(nn, {a}, {b, true}, 0.5F, c);
        holds("a product", c, [&, inner = k](std::size_t i, std::size_t j) {
            double sum = 0.5 * c.at(i, j);
            for (std::size_t l = 0; l < inner; ++l) sum += a.at(i, l) * b.at(j, l);
            return sum;
        });
    }
    constexpr std::size_t lanes = 3;
    random_matrix const a(*this, 5 * lanes, 18), b(*this, 5 * lanes, 4), c(*this, 18 * lanes, 4);
    cuda::multiply_lanes(nn, lanes, {a, true}, {b}, 2, 0, c);
    holds("a product of lanes", c, [&](std::size_t row, std::size_t j) {
        double sum = 0;
        for (std::size_t l = 0; l < 5; ++l)
            sum += 2 * a.at(l * lanes + row % lanes, row / lanes) * b.at(l * lanes + row % lanes, j);
        return sum;
    });
}

// Threads of the largest grid take more than one value each.
BOOST_AUTO_TEST_CASE(a_matrix_may_have_more_values_than_a_grid_has_threads) {
    random_matrix const x(*this, 1030, 1030);
    cuda::scale(nn, x, 3);
    holds("a large matrix", x, [&](std::size_t r, std::size_t c) { return 3 * x.at(r, c); });
}

// bf16 has 8 significant bits, so 1 + 2^-8 is half-way between 1 and 1 + 2^-7, and 1 + 3 2^-8 half-way between 1 + 2^-7
// and 1 + 2^-6; tf32 has 11 of them.
BOOST_AUTO_TEST_CASE(operands_of_products_are_rounded_to_the_nearest_and_halves_to_the_even_one) {
    struct row {
        cuda::product_precision precision;
        int bits;
    };
    for (auto const& [precision, bits] :
         {row{cuda::product_precision::tf32, 11}, row{cuda::product_precision::bf16, 8}}) {
        cuda::nn_device rounding(queue, {.libraries = false, .products = precision});
        auto const unit = std::ldexp(1.0F, 1 - bits); // the last bit of a number from 1 to below 2
        auto const infinity = std::numeric_limits<float>::infinity();
        std::vector<float> const given{1 + unit / 2, -1 - 3 * unit / 2, 1 + 0.51F * unit, 2 - unit / 4, infinity, 0};
        std::vector<float> const expected{1, -1 - 2 * unit, 1 + unit, 2, infinity, 0};
        values<float> const a(*this, given), one(*this, {1}), c(*this, std::vector<float>(6));
        auto const column = [](values<float> const& x) { return cuda::float_matrix{x.data, x.here.size(), 1, 1}; };
        cuda::multiply(rounding, {column(a)}, {column(one)}, 0, column(c));
        BOOST_TEST(c.now() == expected, boost::test_tools::per_element());
        values<float> const no_number(*this, {std::bit_cast<float>(0x7fffffffU)});
        cuda::multiply(rounding, {column(no_number)}, {column(one)}, 0, column(no_number));
        BOOST_TEST(std::isnan(no_number.now()[0]));
    }
}

// Expected are the products of rounded operands. A GPU's library may round in another way: there the bound is that of
// k products of which both factors are off by 1 unit of the last bit.
BOOST_AUTO_TEST_CASE(products_with_rounded_operands_are_near_those_of_the_formula) {
    bool const emulated = std::string(cuda::describe(cuda::check_devices().device).name) == "emulator";
    constexpr std::size_t m = 37, k = 40, n = 70;
    struct row {
        cuda::product_precision precision;
        int bits;
    };
    for (auto const& [precision, bits] :
         {row{cuda::product_precision::fp32, 24}, row{cuda::product_precision::tf32, 11},
          row{cuda::product_precision::bf16, 8}}) {
        auto const rounded = [significant = bits](double x) {
            int exponent = 0;
            auto const mantissa = std::frexp(x, &exponent);
            return std::ldexp(std::nearbyint(std::ldexp(mantissa, significant)), exponent - significant);
        };
        for (bool const libraries : {false, true}) {
            cuda::nn_device device(queue, {.libraries = libraries, .products = precision});
            random_matrix const a(*this, k, m), b(*this, n, k), c(*this, m, n);
            cuda::multiply(device, {a, true}, {b, true}, 0.5F, c);
            holds(
                "a product", c,
                [&](std::size_t i, std::size_t j) {
                    double sum = 0.5 * c.at(i, j);
                    for (std::size_t l = 0; l < k; ++l) sum += rounded(a.at(l, i)) * rounded(b.at(j, l));
                    return sum;
                },
                libraries && !emulated ? 1e-5 + 2 * static_cast<double>(k) * std::ldexp(1.0, 1 - bits) : 1e-5);
        }
        // Those of attention are not rounded.
        cuda::nn_device device(queue, {.libraries = false, .products = precision});
        random_matrix const a(*this, 5, 18), b(*this, 5, 4), c(*this, 18, 4);
        cuda::multiply_lanes(device, 1, {a, true}, {b}, 1, 0, c);
        holds("a product of lanes", c, [&](std::size_t i, std::size_t j) {
            double sum = 0;
            for (std::size_t l = 0; l < 5; ++l) sum += a.at(l, i) * b.at(l, j);
            return sum;
        });
    }
}

BOOST_AUTO_TEST_CASE(rows_are_summed_in_any_number) {
    random_matrix const x(*this, 300, 70), row(*this, 1, 70), table(*this, 9, 70), sums(*this, 9, 70);
    std::vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < 300; ++i) numbers.push_back(i * i % 9);
    values<std::uint32_t> const rows(*this, numbers);
    auto const sum_of = [&](std::size_t number, std::size_t c) {
        double sum = 0;
        for (std::size_t i = 0; i < 300; ++i) sum += numbers[i] == number ? x.at(i, c) : 0;
        return sum;
    };
    cuda::sum_rows(nn, x, 1, row);
    cuda::scatter_add(nn, x, rows.view(), table);
    cuda::sum_into(nn, x, rows.view(), sums);
    holds("the sum of rows", row, [&](std::size_t, std::size_t c) {
        double sum = row.at(0, c);
        for (std::size_t i = 0; i < 300; ++i) sum += x.at(i, c);
        return sum;
    });
    holds("a table", table, [&](std::size_t r, std::size_t c) { return table.at(r, c) + sum_of(r, c); });
    holds("sums", sums, sum_of);
    random_matrix const h(*this, 6, 40), a(*this, 18, 40), dots(*this, 6, 3);
    cuda::dot_rows(nn, a, h, dots);
    holds("a product of rows", dots, [&](std::size_t n, std::size_t k) {
        double sum = 0;
        for (std::size_t c = 0; c < 40; ++c) sum += a.at(n * 3 + k, c) * h.at(n, c);
        return sum;
    });
}

// 70 rows of 15 logits are two parts: 64 rows at least are processed at once.
BOOST_AUTO_TEST_CASE(a_loss_of_a_projection_and_its_gradients_are_those_of_the_formula) {
    constexpr std::size_t rows = 70, depth = 6, columns = 15;
    random_matrix const x(*this, rows, depth), w(*this, columns, depth), b(*this, 1, columns);
    random_matrix const d_x(*this, rows, depth), d_w(*this, columns, depth), d_b(*this, 1, columns);
    std::vector<std::uint32_t> targets;
    for (std::uint32_t r = 0; r < rows; ++r) targets.push_back(r % 7 == 3 ? cuda::no_target : r * r % columns);
    values<std::uint32_t> const ids(*this, targets);
    values<cuda::summed_loss> const total(*this, {{1, 2}});
    std::vector<double> d(rows * columns); // of the logits
    double loss = 1;
    std::uint64_t counted = 0;
    for (auto const t : targets) counted += t == cuda::no_target ? 0 : 1;
    for (std::size_t r = 0; r < rows; ++r) {
        if (targets[r] == cuda::no_target) continue;
        double sum = 0;
        std::vector<double> logits(columns);
        for (std::size_t c = 0; c < columns; ++c) {
            logits[c] = b.at(0, c);
            for (std::size_t k = 0; k < depth; ++k) logits[c] += x.at(r, k) * w.at(c, k);
            sum += std::exp(logits[c]);
        }
        loss += std::log(sum) - logits[targets[r]];
        for (std::size_t c = 0; c < columns; ++c)
            d[r * columns + c] = (std::exp(logits[c]) / sum - (c == targets[r] ? 1 : 0)) / static_cast<double>(counted);
    }
    cuda::projection_loss(
        nn, x, {w, true, b}, ids.view(), {total.data, true},
        {.x = d_x, .weights = d_w, .bias = d_b, .weights_beta = 1, .bias_beta = 0, .mean_over = 0, .smoothing = 0});
    holds("the gradient of x", d_x, [&](std::size_t r, std::size_t k) {
        double sum = 0;
        for (std::size_t c = 0; c < columns; ++c) sum += d[r * columns + c] * w.at(c, k);
        return sum;
    });
    holds("the gradient of the weights", d_w, [&](std::size_t c, std::size_t k) {
        double sum = d_w.at(c, k);
        for (std::size_t r = 0; r < rows; ++r) sum += d[r * columns + c] * x.at(r, k);
        return sum;
    });
    holds("the gradient of the bias", d_b, [&](std::size_t, std::size_t c) {
        double sum = 0;
        for (std::size_t r = 0; r < rows; ++r) sum += d[r * columns + c];
        return sum;
    });
    auto const found = total.now().front();
    BOOST_TEST(found.sum == loss, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(found.count == 2 + counted);
}

// A lane of two steps and one of one, with a state that is not zero, and gradients by central differences of the same
// formulas in double.
BOOST_AUTO_TEST_CASE(recurrent_layers_compute_their_formulas_and_their_gradients) {
    constexpr std::size_t lanes = 2, steps = 2, depth = 3, size = 40;
    std::vector<std::uint32_t> const lengths{2, 1};
    for (auto const cell : {cuda::recurrent_cell::tanh, cuda::recurrent_cell::lstm, cuda::recurrent_cell::gru}) {
        std::size_t const gates = cell == cuda::recurrent_cell::lstm ? 4 : cell == cuda::recurrent_cell::gru ? 3 : 1;
        random_matrix const w(*this, depth, gates * size), u(*this, size, gates * size), b(*this, 1, gates * size);
        random_matrix const x(*this, steps * lanes, depth), values_of_gates(*this, steps * lanes, gates * size);
        random_matrix const hidden(*this, (steps + 1) * lanes, size), cells(*this, (steps + 1) * lanes, size);
        random_matrix const d_hidden(*this, steps * lanes, size), d_state(*this, lanes, size),
            d_cells(*this, lanes, size);
        random_matrix const d_x(*this, steps * lanes, depth), d_w(*this, depth, gates * size);
        random_matrix const d_u(*this, size, gates * size), d_b(*this, 1, gates * size);
        values<std::uint32_t> const of_lanes(*this, lengths);
        // The states after each step of a lane, of which the first input value and the first bias are `change` more.
        auto const run = [&](std::size_t lane, double change_x, double change_b) {
            std::vector<std::vector<double>> states;
            std::vector<double> h(size), c(size);
            for (std::size_t i = 0; i < size; ++i) {
                h[i] = hidden.at(lane, i);
                c[i] = cells.at(lane, i);
            }
            for (std::size_t t = 0; t < steps; ++t) {
                if (t < lengths[lane]) {
                    auto const sum = [&](std::size_t g, std::size_t i, std::vector<double> const& before) {
                        auto const column = g * size + i;
                        double out = b.at(0, column) + (column == 0 ? change_b : 0);
                        for (std::size_t k = 0; k < depth; ++k)
                            out += (x.at(t * lanes + lane, k) + (t == 0 && k == 0 ? change_x : 0)) * w.at(k, column);
                        for (std::size_t k = 0; k < size; ++k) out += before[k] * u.at(k, column);
                        return out;
                    };
                    auto const before = h;
                    auto reset = h;
                    if (cell == cuda::recurrent_cell::gru)
                        for (std::size_t i = 0; i < size; ++i) reset[i] *= sigmoid(sum(1, i, before));
                    for (std::size_t i = 0; i < size; ++i) {
                        if (cell == cuda::recurrent_cell::tanh) {
                            h[i] = std::tanh(sum(0, i, before));
                        } else if (cell == cuda::recurrent_cell::lstm) {
                            c[i] = sigmoid(sum(1, i, before)) * c[i]
                                   + sigmoid(sum(0, i, before)) * std::tanh(sum(2, i, before));
                            h[i] = sigmoid(sum(3, i, before)) * std::tanh(c[i]);
                        } else {
                            auto const z = sigmoid(sum(0, i, before));
                            h[i] = (1 - z) * before[i] + z * std::tanh(sum(2, i, reset));
                        }
                    }
                }
                states.push_back(h);
            }
            return std::pair(states, c);
        };
        bool const lstm = cell == cuda::recurrent_cell::lstm;
        cuda::recurrent_layer const layer{.cell = cell,
                                          .weights = {w, u, b},
                                          .x = x,
                                          .lanes = lanes,
                                          .gates = values_of_gates,
                                          .hidden = hidden,
                                          .cells = lstm ? cuda::float_matrix(cells) : cuda::float_matrix(),
                                          .lengths = of_lanes.view()};
        cuda::recurrent_forward(nn, layer);
        cuda::recurrent_backward(nn, layer,
                                 {.hidden = d_hidden,
                                  .state = d_state,
                                  .cells = lstm ? cuda::float_matrix(d_cells) : cuda::float_matrix(),
                                  .x = d_x,
                                  .weights = {d_w, d_u, d_b},
                                  .beta = 0});
        holds("hidden values", hidden, [&](std::size_t r, std::size_t i) {
            return r < lanes ? hidden.at(r, i) : run(r % lanes, 0, 0).first[r / lanes - 1][i];
        });
        // The sum of all gradients that came, each times what it belongs to.
        auto const loss = [&](std::size_t lane, double change_x, double change_b) {
            auto const [states, c] = run(lane, change_x, change_b);
            double sum = 0;
            for (std::size_t i = 0; i < size; ++i) {
                for (std::size_t t = 0; t < steps; ++t) sum += d_hidden.at(t * lanes + lane, i) * states[t][i];
                sum += d_state.at(lane, i) * states.back()[i] + (lstm ? d_cells.at(lane, i) * c[i] : 0);
            }
            return sum;
        };
        constexpr double e = 1e-5;
        auto const input = d_x.now();
        double of_bias = 0;
        for (std::size_t lane = 0; lane < lanes; ++lane) {
            auto const expected = (loss(lane, e, 0) - loss(lane, -e, 0)) / (2 * e);
            BOOST_TEST(std::abs(static_cast<double>(input[lane * d_x.stride]) - expected) < 1e-4);
            of_bias += (loss(lane, 0, e) - loss(lane, 0, -e)) / (2 * e);
        }
        BOOST_TEST(std::abs(static_cast<double>(d_b.now()[0]) - of_bias) < 1e-4);
    }
}

// The stand-in for cuDNN refuses both persistent plans, and the plan for small layers beyond 64 units; beyond 48, that
// plan waits, so that no graph can hold it. All times are equal on the emulator, so the first plan is chosen there.
BOOST_AUTO_TEST_CASE(a_plan_that_cudnn_refuses_is_left_out_and_other_layers_have_none) {
    cuda::nn_device with_libraries(queue, {.libraries = true});
    if (!with_libraries.has_cudnn()) return; // on a GPU without it
    bool const emulated = std::string(cuda::describe(cuda::check_devices().device).name) == "emulator";
    constexpr std::size_t lanes = 2, steps = 3, depth = 4;
    auto const times_of = [&](cuda::recurrent_cell cell, std::size_t size, bool with_lengths, std::size_t gap) {
        std::size_t const gates = cell == cuda::recurrent_cell::lstm ? 4 : cell == cuda::recurrent_cell::gru ? 3 : 1;
        values<std::uint32_t> const lengths(*this, {3, 2});
        auto const zeros = [&](std::size_t rows, std::size_t columns) {
            return values<float>(*this, std::vector<float>(rows * (columns + gap)));
        };
        auto const view = [&](values<float> const& x, std::size_t columns) {
            return cuda::float_matrix{x.data, x.here.size() / (columns + gap), columns, columns + gap};
        };
        auto const w = zeros(depth, gates * size), u = zeros(size, gates * size), b = zeros(1, gates * size);
        auto const x = zeros(steps * lanes, depth), g = zeros(steps * lanes, gates * size);
        auto const h = zeros((steps + 1) * lanes, size), c = zeros((steps + 1) * lanes, size);
        cuda::recurrent_layer const layer{
            .cell = cell,
            .weights = {view(w, gates * size), view(u, gates * size), view(b, gates * size)},
            .x = view(x, depth),
            .lanes = lanes,
            .gates = view(g, gates * size),
            .hidden = view(h, size),
            .cells = cell == cuda::recurrent_cell::lstm ? view(c, size) : cuda::float_matrix(),
            .lengths = with_lengths ? lengths.view() : cuda::device_values<std::uint32_t const>()};
        auto const found = cuda::recurrent_times(with_libraries, layer);
        auto const reserve = cuda::recurrent_reserve(with_libraries, layer);
        bool const by_library = found.count > 0 && std::string(found.of[found.chosen].name) != "kernels";
        BOOST_TEST((reserve > 0) == by_library);
        return found;
    };
    for (auto const cell : {cuda::recurrent_cell::tanh, cuda::recurrent_cell::lstm}) {
        auto const small = times_of(cell, 40, false, 0), large = times_of(cell, 70, false, 0),
                   waiting = times_of(cell, 50, false, 0);
        BOOST_TEST(std::string(small.of[small.count - 1].name) == "kernels");
        if (!emulated) continue;
        BOOST_TEST(small.count == 3U);
        BOOST_TEST(std::string(small.of[small.chosen].name) == "cuDNN, small H");
        for (auto const& times : {large, waiting}) {
            BOOST_TEST(times.count == 2U);
            BOOST_TEST(std::string(times.of[times.chosen].name) == "cuDNN, standard");
        }
        BOOST_TEST(times_of(cell, 40, true, 0).count == 0U, "lanes of different lengths");
        BOOST_TEST(times_of(cell, 40, false, 1).count == 0U, "rows with gaps");
    }
    BOOST_TEST(times_of(cuda::recurrent_cell::gru, 40, false, 0).count == 0U);
}

BOOST_AUTO_TEST_CASE(attention_and_its_gradients_are_those_of_the_formula) {
    constexpr std::size_t lanes = 2, steps = 3, sources = 5, size = 40;
    std::vector<std::uint32_t> const lengths{5, 2};
    values<std::uint32_t> const of_lanes(*this, lengths);
    random_matrix const queries(*this, steps * lanes, size), keys(*this, sources * lanes, size), v(*this, 1, size);
    random_matrix const scores(*this, steps * lanes, sources), weights(*this, steps * lanes, sources);
    random_matrix const d_queries(*this, steps * lanes, size), d_keys(*this, sources * lanes, size),
        d_v(*this, 1, size);
    cuda::additive_attention const attention{lanes, queries, keys, v, of_lanes.view()};
    auto const inner = [&](std::size_t r, std::size_t s, std::size_t i) {
        return std::tanh(queries.at(r, i) + keys.at(s * lanes + r % lanes, i));
    };
    auto const score = [&](std::size_t r, std::size_t s) {
        double sum = 0;
        for (std::size_t i = 0; i < size && s < lengths[r % lanes]; ++i) sum += v.at(0, i) * inner(r, s, i);
        return sum;
    };
    cuda::additive_scores_backward(nn, attention, scores, d_queries, d_keys, 1, d_v); // the scores are gradients here
    auto const d = [&](std::size_t r, std::size_t s) { return s < lengths[r % lanes] ? scores.at(r, s) : 0.0; };
    holds("the gradient of a query", d_queries, [&](std::size_t r, std::size_t i) {
        double sum = 0;
        for (std::size_t s = 0; s < sources; ++s) sum += d(r, s) * v.at(0, i) * (1 - std::pow(inner(r, s, i), 2));
        return sum;
    });
    holds("the gradient of a key", d_keys, [&](std::size_t row, std::size_t i) {
        double sum = d_keys.at(row, i);
        for (auto r = row % lanes; r < steps * lanes; r += lanes)
            sum += d(r, row / lanes) * v.at(0, i) * (1 - std::pow(inner(r, row / lanes, i), 2));
        return sum;
    });
    holds("the gradient of the vector", d_v, [&](std::size_t, std::size_t i) {
        double sum = d_v.at(0, i);
        for (std::size_t r = 0; r < steps * lanes; ++r)
            for (std::size_t s = 0; s < sources; ++s) sum += d(r, s) * inner(r, s, i);
        return sum;
    });
    cuda::additive_scores(nn, attention, scores);
    holds("a score", scores, score);
    cuda::masked_softmax(nn, scores, lanes, of_lanes.view(), weights);
    holds("a weight of attention", weights, [&](std::size_t r, std::size_t s) {
        if (s >= lengths[r % lanes]) return 0.0;
        double sum = 0;
        for (std::size_t other = 0; other < lengths[r % lanes]; ++other) sum += std::exp(score(r, other));
        return std::exp(score(r, s)) / sum;
    });
}

namespace {
constexpr std::size_t machine_lanes = 2, machine_heads = 2, slots = 40, width = 3, shifts = 3;
using numbers = std::vector<double>;
numbers of(random_matrix const& m) {
    numbers all;
    for (std::size_t r = 0; r < m.rows; ++r)
        for (std::size_t c = 0; c < m.columns; ++c) all.push_back(m.at(r, c));
    return all;
}
double softplus(double x) { return std::log1p(std::exp(x)); }
numbers softmax(numbers x) {
    double sum = 0;
    for (auto& value : x) sum += value = std::exp(value);
    for (auto& value : x) value /= sum;
    return x;
}
/// Equations 5 to 9 of Graves, Wayne & Danihelka 2014; all weightings, [lanes, heads slots].
numbers addressed(numbers const& memory, numbers const& arguments, numbers const& before) {
    numbers all;
    for (std::size_t lane = 0; lane < machine_lanes; ++lane)
        for (std::size_t h = 0; h < machine_heads; ++h) {
            auto const* const a = &arguments[(lane * machine_heads + h) * (width + 3 + shifts)];
            numbers scores(slots), gated(slots), shifted(slots);
            for (std::size_t n = 0; n < slots; ++n) {
                double dot = 0, of_slot = 1e-6, of_key = 1e-6;
                for (std::size_t i = 0; i < width; ++i) {
                    auto const value = memory[(n * machine_lanes + lane) * width + i], key = std::tanh(a[i]);
                    dot += value * key;
                    of_slot += value * value;
                    of_key += key * key;
                }
                scores[n] = softplus(a[width]) * dot / std::sqrt(of_slot * of_key);
            }
            auto const content = softmax(scores), by = softmax({a + width + 3, a + width + 3 + shifts});
            auto const gate = sigmoid(a[width + 1]);
            for (std::size_t n = 0; n < slots; ++n)
                gated[n] = gate * content[n] + (1 - gate) * before[(lane * machine_heads + h) * slots + n];
            for (std::size_t n = 0; n < slots; ++n) {
                for (std::size_t s = 0; s < shifts; ++s) shifted[(n + slots + s - 1) % slots] += by[s] * gated[n];
            }
            for (auto& value : shifted) value = std::pow(value, 1 + softplus(a[width + 2]));
            double sum = 0;
            for (auto const value : shifted) sum += value;
            for (auto const value : shifted) all.push_back(value / sum);
        }
    return all;
}
/// The memory after the heads have erased and added, [slots lanes, width].
numbers written(numbers memory, numbers const& arguments, numbers const& weights) {
    for (std::size_t r = 0; r < slots * machine_lanes; ++r)
        for (std::size_t i = 0; i < width; ++i) {
            double added = 0;
            for (std::size_t h = 0; h < machine_heads; ++h) {
                auto const head = r % machine_lanes * machine_heads + h;
                auto const w = weights[head * slots + r / machine_lanes];
                memory[r * width + i] *= 1 - w * sigmoid(arguments[head * 2 * width + i]);
                added += w * std::tanh(arguments[head * 2 * width + width + i]);
            }
            memory[r * width + i] += added;
        }
    return memory;
}
/// The gradient of the sum of f() times d with respect to value i of x, by central differences.
template <class F> double slope(numbers& x, std::size_t i, numbers const& d, F f) {
    constexpr double e = 1e-5;
    auto const kept = x[i];
    auto const at = [&](double value) {
        x[i] = value;
        auto const y = f();
        double sum = 0;
        for (std::size_t k = 0; k < y.size(); ++k) sum += y[k] * d[k];
        return sum;
    };
    auto const difference = (at(kept + e) - at(kept - e)) / (2 * e);
    x[i] = kept;
    return difference;
}
}

BOOST_AUTO_TEST_CASE(heads_of_turing_machines_and_their_gradients_are_those_of_the_formulas) {
    random_matrix const memory(*this, slots * machine_lanes, width), d_memory(*this, slots * machine_lanes, width),
        after(*this, slots * machine_lanes, width);
    random_matrix const arguments(*this, machine_lanes, machine_heads * (width + 3 + shifts)),
        d_arguments(*this, machine_lanes, machine_heads * (width + 3 + shifts));
    random_matrix const before(*this, machine_lanes, machine_heads * slots),
        similarities(*this, machine_lanes, machine_heads * slots), weights(*this, machine_lanes, machine_heads * slots),
        d_weights(*this, machine_lanes, machine_heads * slots), d_before(*this, machine_lanes, machine_heads * slots);
    cuda::activate(nn, cuda::activation::sigmoid, before, before); // weightings are positive
    auto m = of(memory), a = of(arguments), b = of(before);
    for (auto& value : b) value = sigmoid(value);
    cuda::memory_addressing const step{machine_lanes, machine_heads, memory, arguments, before,
                                       similarities,  weights,       1e-6F,  1e-30F};
    cuda::address(nn, step);
    auto const weightings = [&] { return addressed(m, a, b); };
    auto const w = weightings();
    holds("a weighting", weights, [&](std::size_t r, std::size_t c) { return w[r * weights.columns + c]; });
    cuda::address_backward(nn, step, {d_weights, d_arguments, d_before, d_memory});
    auto const d = of(d_weights);
    holds("the gradient of an argument", d_arguments,
          [&](std::size_t r, std::size_t c) { return slope(a, r * arguments.columns + c, d, weightings); });
    holds("the gradient of a weighting before", d_before,
          [&](std::size_t r, std::size_t c) { return slope(b, r * before.columns + c, d, weightings); });
    holds("the gradient of the memory", d_memory,
          [&](std::size_t r, std::size_t c) { return d_memory.at(r, c) + slope(m, r * width + c, d, weightings); });

    random_matrix const writes(*this, machine_lanes, machine_heads * 2 * width),
        d_writes(*this, machine_lanes, machine_heads * 2 * width), d_after(*this, slots * machine_lanes, width);
    cuda::memory_writing const writing{machine_lanes, machine_heads, memory, writes, before, after};
    cuda::write_memory(nn, writing);
    auto v = of(writes);
    auto const changed = [&] { return written(m, v, b); };
    auto const expected = changed();
    holds("the memory", after, [&](std::size_t r, std::size_t c) { return expected[r * width + c]; });
    auto const d_changed = of(d_after);
    random_matrix const d_read(*this, machine_lanes, machine_heads * slots);
    cuda::write_memory_backward(nn, writing, {d_after, d_writes, d_read});
    holds("the gradient of what is written", d_writes,
          [&](std::size_t r, std::size_t c) { return slope(v, r * writes.columns + c, d_changed, changed); });
    holds("the gradient of a weight", d_read, [&](std::size_t r, std::size_t c) {
        return d_read.at(r, c) + slope(b, r * before.columns + c, d_changed, changed);
    });
    holds("the gradient of the memory before", d_after,
          [&](std::size_t r, std::size_t c) { return slope(m, r * width + c, d_changed, changed); });
}

// Clipping: the norm of the gradients is 5, the largest norm 2, so gradients count 0.4. They count whole with a largest
// norm of 10, and with none. A loss that is not finite changes nothing.
BOOST_AUTO_TEST_CASE(a_step_of_an_optimizer_clips_and_skips) {
    random_matrix const p(*this, 4, 600), first(*this, 4, 600), g(*this, 2, 600);
    values<std::uint32_t> const rows(*this, {1, 3});
    values<double> const squares(*this, {16, 9}), endless(*this, {16, INFINITY});
    values<cuda::summed_loss> const finite(*this, {{1, 1}}), infinite(*this, {{INFINITY, 1}});
    cuda::update_step const step{.kind = cuda::optimizer_kind::momentum,
                                 .rate = 0.5F,
                                 .a = 0.9F,
                                 .b = 0,
                                 .epsilon = 0,
                                 .gradient_scale = 1,
                                 .max_norm = 2,
                                 .all_rows = false};
    cuda::update_target const target{g, rows.view(), p, first, {}};
    cuda::update(nn, step, {&target, 1}, {squares.view(), infinite.data});
    cuda::update(nn, step, {&target, 1}, {endless.view(), finite.data});
    holds("a value that is skipped", p, [&](std::size_t r, std::size_t c) { return p.at(r, c); }, 0);
    cuda::update(nn, step, {&target, 1}, {squares.view(), finite.data});
    auto const velocity = [&](std::size_t r, std::size_t c) {
        if (r % 2 == 0) return first.at(r, c);
        return 0.9 * first.at(r, c) - 0.5 * 0.4 * g.at(r == 1 ? 0 : 1, c);
    };
    holds("a velocity", first, velocity);
    holds("a value", p, [&](std::size_t r, std::size_t c) { return p.at(r, c) + (r % 2 == 0 ? 0 : velocity(r, c)); });
    // Rows without a gradient have one of 0.
    random_matrix const still(*this, 4, 600), moving(*this, 4, 600);
    auto all_rows = step;
    all_rows.all_rows = true;
    cuda::update_target const some{g, rows.view(), still, moving, {}};
    cuda::update(nn, all_rows, {&some, 1}, {squares.view(), finite.data});
    auto const speed = [&](std::size_t r, std::size_t c) {
        return 0.9 * moving.at(r, c) - (r % 2 == 0 ? 0 : 0.5 * 0.4 * g.at(r == 1 ? 0 : 1, c));
    };
    holds("a velocity of any row", moving, speed);
    holds("a value of any row", still, [&](std::size_t r, std::size_t c) { return still.at(r, c) + speed(r, c); });
    for (double const largest : {10.0, 0.0}) {
        random_matrix const whole(*this, 2, 600);
        auto descent = step;
        descent.kind = cuda::optimizer_kind::sgd;
        descent.max_norm = largest;
        cuda::update_target const all{g, {}, whole, {}, {}};
        cuda::update(nn, descent, {&all, 1}, {squares.view(), finite.data});
        holds("a value whose gradient is not clipped", whole,
              [&](std::size_t r, std::size_t c) { return whole.at(r, c) - 0.5 * g.at(r, c); });
    }
    values<double> const sums(*this, {3, 100});
    cuda::float_input const matrices[] = {{}, g};
    cuda::sums_of_squares(nn, {matrices, 2}, sums.data);
    double expected = 100;
    for (std::size_t r = 0; r < 2; ++r)
        for (std::size_t c = 0; c < 600; ++c) expected += g.at(r, c) * g.at(r, c);
    BOOST_TEST(sums.now()[0] == 3);
    BOOST_TEST(sums.now()[1] == expected, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_SUITE_END()
