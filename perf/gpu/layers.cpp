#include "layers.hpp"
#include "measured.hpp"
#include "wordmill/cuda/nn_attention.hpp"
#include "wordmill/cuda/nn_device.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include "wordmill/cuda/nn_losses.hpp"
#include "wordmill/cuda/nn_products.hpp"
#include "wordmill/cuda/nn_recurrent.hpp"
#include "wordmill/cuda/nn_rows.hpp"
#include "wordmill/cuda/nn_updates.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace perf::gpu {
namespace {
namespace cuda = wordmill::cuda;

// What to compare with, of one H200; see gpu_perf.cpp.
constexpr double memory_rate = 4.3e12; // bytes a second
constexpr double cache_rate = 5.5e12;  // bytes a second, of the second-level cache
constexpr double fp32_rate = 59e12;    // additions and multiplications a second
constexpr double tf32_rate = 350e12;
constexpr double bf16_rate = 790e12;
constexpr double step_seconds = 15e-6; // for a time step of a layer, forward and back, by the standard plan of cuDNN

/// PTB-medium (Zaremba et al. 2014): two layers of LSTM, tied weights.
struct model_sizes {
    std::size_t types, units, lanes, steps;
};
constexpr model_sizes medium{10'000, 650, 20, 35};
constexpr model_sizes tiny{50, 12, 2, 3};
constexpr std::size_t layers = 2;

/// Random values on the device, which live as long as the queue.
cuda::float_matrix matrix(cuda::device_queue& queue, std::size_t rows, std::size_t columns, float scale = 0.1F) {
    static std::mt19937 random(1);
    std::uniform_real_distribution<float> one(-scale, scale);
    std::vector<float> values(rows * columns);
    for (auto& x : values) x = one(random);
    return {sent(queue, values), rows, columns, columns};
}
std::vector<std::uint32_t> ids(std::size_t count, std::size_t types) {
    std::mt19937 random(2);
    std::vector<std::uint32_t> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(static_cast<std::uint32_t>(random() % types));
    return out;
}

/// A training step as `language_model` and an optimizer do it, with dropout, clipping and SGD.
class language_model_step {
public:
    language_model_step(model_sizes const& s, cuda::nn_options const& options, bool graphs)
        : s_(s), rows_(s.lanes * s.steps), nn_(queue_, options) {
        queue_.use_graphs(graphs);
        auto const n = s.units;
        embedding_ = matrix(queue_, s.types, n);
        d_embedding_ = matrix(queue_, s.types, n);
        bias_ = matrix(queue_, 1, s.types);
        d_bias_ = matrix(queue_, 1, s.types);
        for (auto& x : dropped_) x = matrix(queue_, rows_, n);
        d_ = matrix(queue_, rows_, n);
        for (auto& l : layers_) {
            l.layer = {.cell = cuda::recurrent_cell::lstm,
                       .weights = weights(),
                       .x = dropped_[&l - layers_],
                       .lanes = s.lanes,
                       .gates = matrix(queue_, rows_, 4 * n),
                       .hidden = matrix(queue_, rows_ + s.lanes, n),
                       .cells = matrix(queue_, rows_ + s.lanes, n)};
            l.gradients = weights();
            l.d_state = matrix(queue_, s.lanes, n);
            l.d_cells = matrix(queue_, s.lanes, n);
            l.d_x = matrix(queue_, rows_, n);
            auto const values = cuda::recurrent_reserve(nn_, l.layer);
            if (values > 0) l.layer.reserve = {matrix(queue_, 1, values).data, values};
        }
        inputs_ = sent(queue_, ids(rows_, s.types));
        loss_ = sent(queue_, std::vector<cuda::summed_loss>{{}});
        squares_ = sent(queue_, std::vector<double>(8));
    }
    /// Of the first layer.
    [[nodiscard]] cuda::recurrent_plan_times plans() { return cuda::recurrent_times(nn_, layers_[0].layer); }
    [[nodiscard]] cuda::device_queue& queue() noexcept { return queue_; }

    void operator()() {
        queue_.begin_step(1);
        work();
        queue_.end_step();
    }

private:
    struct one_layer {
        cuda::recurrent_layer layer;
        cuda::recurrent_weights gradients;
        cuda::float_matrix d_state, d_cells, d_x;
    };
    cuda::recurrent_weights weights() {
        auto const n = s_.units;
        return {matrix(queue_, n, 4 * n), matrix(queue_, n, 4 * n), matrix(queue_, 1, 4 * n)};
    }
    void drop(std::size_t place, cuda::float_input x, cuda::float_matrix y) {
        cuda::drop(nn_, {.key = ++draws_ * 8 + place, .threshold = std::uint64_t{1} << 31, .scale = 2, .period = 0}, x,
                   y);
    }
    void work() {
        auto const lanes = s_.lanes;
        cuda::gather(nn_, embedding_, {inputs_, rows_}, d_);
        drop(0, d_, dropped_[0]);
        for (std::size_t i = 0; i < layers; ++i) {
            auto const& l = layers_[i].layer;
            cuda::recurrent_forward(nn_, l);
            drop(i + 1, {l.hidden.data + lanes * s_.units, rows_, s_.units, s_.units}, dropped_[i + 1]);
        }
        cuda::projection_loss(nn_, dropped_[layers], {embedding_, true, bias_}, {inputs_, rows_}, {loss_, true},
                              {.x = d_,
                               .weights = d_embedding_,
                               .bias = d_bias_,
                               .weights_beta = 0,
                               .bias_beta = 0,
                               .mean_over = rows_,
                               .smoothing = 0});
        auto d = d_;
        for (auto i = layers; i-- > 0;) {
            auto& l = layers_[i];
            drop(i + 1, d, d);
            cuda::fill(nn_, l.d_state, 0);
            cuda::fill(nn_, l.d_cells, 0);
            cuda::recurrent_backward(
                nn_, l.layer,
                {.hidden = d, .state = l.d_state, .cells = l.d_cells, .x = l.d_x, .weights = l.gradients, .beta = 0});
            d = l.d_x;
            auto const last = [&](cuda::float_matrix const& m) {
                return cuda::float_matrix{m.data + rows_ * s_.units, lanes, s_.units, s_.units};
            };
            cuda::copy(nn_, last(l.layer.hidden), {l.layer.hidden.data, lanes, s_.units, s_.units});
            cuda::copy(nn_, last(l.layer.cells), {l.layer.cells.data, lanes, s_.units, s_.units});
        }
        drop(0, d, d);
        cuda::scatter_add(nn_, d, {inputs_, rows_}, d_embedding_);
        std::vector<cuda::float_input> gradients{d_embedding_, d_bias_};
        std::vector<cuda::update_target> targets{{d_embedding_, {}, embedding_, {}, {}}, {d_bias_, {}, bias_, {}, {}}};
        for (auto const& l : layers_)
            for (auto const& [g, w] : {std::pair{l.gradients.input, l.layer.weights.input},
                                       {l.gradients.hidden, l.layer.weights.hidden},
                                       {l.gradients.bias, l.layer.weights.bias}}) {
                gradients.push_back(g);
                targets.push_back({g, {}, w, {}, {}});
            }
        cuda::sums_of_squares(nn_, {gradients.data(), gradients.size()}, squares_);
        cuda::update(nn_,
                     {.kind = cuda::optimizer_kind::sgd,
                      .rate = 1e-6F,
                      .a = 0,
                      .b = 0,
                      .epsilon = 0,
                      .gradient_scale = 1,
                      .max_norm = 5,
                      .all_rows = false},
                     {targets.data(), targets.size()}, {{squares_, 8}, loss_});
    }

    model_sizes s_;
    std::size_t rows_;
    cuda::device_queue queue_{};
    cuda::nn_device nn_;
    cuda::float_matrix embedding_, d_embedding_, bias_, d_bias_, d_;
    cuda::float_matrix dropped_[layers + 1];
    one_layer layers_[layers];
    std::uint32_t* inputs_ = nullptr;
    cuda::summed_loss* loss_ = nullptr;
    double* squares_ = nullptr;
    std::uint64_t draws_ = 0;
};

/// Tokens a second if nothing but arithmetic, memory and the steps of the recurrence took time.
double best_tokens(model_sizes const& s, double rate) {
    auto const n = static_cast<double>(s.units), types = static_cast<double>(s.types);
    auto const tokens = static_cast<double>(s.lanes * s.steps);
    auto const parameters = layers * 8 * n * n + types * n;
    auto const logits = tokens * types * 4;
    return tokens
           / (layers * static_cast<double>(s.steps) * step_seconds + 6 * tokens * types * n / rate
              + 5 * logits / cache_rate + 4 * parameters * 4 / memory_rate);
}

void measure_language_model(figures& out, int repeats, model_sizes const& s) {
    struct row {
        char const* name;
        cuda::nn_options options;
        bool graphs;
        double rate;
    };
    cuda::nn_options const fp32{}, kernels{.libraries = false}, tf32{.products = cuda::product_precision::tf32},
        bf16{.products = cuda::product_precision::bf16};
    auto const tokens = static_cast<double>(s.lanes * s.steps);
    for (auto const& [name, options, graphs, rate] :
         {row{"fp32, kernels", kernels, true, fp32_rate}, row{"fp32, no graph", fp32, false, fp32_rate},
          row{"fp32", fp32, true, fp32_rate}, row{"tf32", tf32, true, tf32_rate}, row{"bf16", bf16, true, bf16_rate}}) {
        language_model_step step(s, options, graphs);
        step(); // the second step of a shape makes its graph
        auto const seconds = measured(step.queue(), repeats, [&] { step(); });
        out.add({"lm", std::string("step, ") + name, tokens / seconds, "tokens/s", best_tokens(s, rate)});
        if (!graphs) continue; // the plans are those of the next row
        auto const plans = step.plans();
        for (std::size_t i = 0; i < plans.count; ++i)
            out.add({"lm", std::string("layer, ") + name + ": " + plans.of[i].name,
                     static_cast<double>(plans.of[i].microseconds) * 1e-6, "s",
                     static_cast<double>(s.steps) * step_seconds, i == plans.chosen ? "chosen" : "", true});
    }
}

void measure_parts(figures& out, int repeats, model_sizes const& s) {
    cuda::device_queue queue;
    cuda::nn_device nn(queue, {});
    auto const rows = s.lanes * s.steps;
    auto const table = matrix(queue, s.types, s.units), x = matrix(queue, rows, s.units);
    auto* const numbers = sent(queue, ids(rows, s.types));
    auto const row_bytes = static_cast<double>(rows * s.units * sizeof(float));
    auto seconds = measured(queue, repeats, [&] { cuda::gather(nn, table, {numbers, rows}, x); });
    out.add({"layers", "rows of an embedding, read and written", 2 * row_bytes / seconds, "B/s", memory_rate});
    seconds = measured(queue, repeats, [&] { cuda::scatter_add(nn, x, {numbers, rows}, table); });
    out.add({"layers", "rows added to an embedding", 3 * row_bytes / seconds, "B/s", memory_rate});

    auto const logits = matrix(queue, rows, s.types);
    auto* const loss = sent(queue, std::vector<cuda::summed_loss>{{}});
    auto const bytes = static_cast<double>(rows * s.types * sizeof(float));
    seconds =
        measured(queue, repeats, [&] { cuda::softmax_loss(nn, logits, {numbers, rows}, logits, {loss, true}, 0); });
    out.add({"layers", "softmax loss, logits read twice and written", 3 * bytes / seconds, "B/s", cache_rate});

    // Attention of a decoder to as many steps of an encoder, as `scaled_dot` does it.
    auto const queries = matrix(queue, rows, s.units), keys = matrix(queue, rows, s.units);
    auto const scores = matrix(queue, rows, s.steps), context = matrix(queue, rows, s.units);
    seconds = measured(queue, repeats, [&] {
        cuda::multiply_lanes(nn, s.lanes, {queries}, {keys, true}, 0.1F, 0, scores);
        cuda::masked_softmax(nn, scores, s.lanes, {}, scores);
        cuda::multiply_lanes(nn, s.lanes, {scores}, {keys}, 1, 0, context);
    });
    auto const operations = 4 * static_cast<double>(rows * s.steps * s.units);
    out.add({"layers", "attention, forward, fp32", operations / seconds, "FLOP/s", fp32_rate});
}
}

void measure_layers(figures& out, int repeats, bool small) {
    auto const& s = small ? tiny : medium;
    measure_language_model(out, repeats, s);
    measure_parts(out, repeats, s);
}
}
