// The operations of neural networks on the processor, alone and as whole steps of language models.
//   nn_perf [--threads N] [--repeats N] [--only peak|products|projection|recurrent|elements|rnnlm|better] [--json FILE]
// Rnnlm: 10,000 words, embedding, LSTM and projection of 100, 20 lanes, 35 steps. BetterRnnlm: 650, two layers with
// dropout, the projection's weights those of the embedding. A step is forward, backward, clipping by the global norm
// and SGD. "busy" is the processor time of all threads in the quickest run: where a machine has other work, it says
// more than the time of day. The bound is 3 x 2 multiplications and additions for each weight and token at the peak of
// one core, measured in the same run.
#include "report.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.nn;

namespace {
using wordmill::matrix_view;
using wordmill::recurrent_cell;
using wordmill::token_id;
using wordmill::transposed;
using tensor = wordmill::tensor<float>;
using ops_type = std::shared_ptr<wordmill::operations<float>>;

struct timing {
    double seconds; ///< of the middle run
    double busy;    ///< processor time of the quickest
};
template <class Work> timing time_of(int repeats, Work work) {
    auto busy = 1e9;
    auto const seconds = perf::median_seconds(repeats, [&] {
        auto const before = std::clock();
        work();
        busy = std::min(busy, static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC);
    });
    return {seconds, busy};
}

tensor random_tensor(ops_type const& ops, std::size_t rows, std::size_t columns, float largest = 0.1F) {
    tensor made(ops, rows, columns);
    std::vector<float> values(rows * columns);
    auto random = wordmill::random_key(rows * 31 + columns).engine();
    for (auto& value : values) value = largest * (2 * random.uniform() - 1);
    made.assign(values);
    return made;
}
std::vector<token_id> random_ids(std::size_t count, std::size_t bound) {
    auto random = wordmill::random_key(3).engine();
    std::vector<token_id> ids;
    for (std::size_t i = 0; i < count; ++i) {
        auto const u = random.uniform_double();
        ids.push_back(token_id(static_cast<std::uint32_t>(u * u * static_cast<double>(bound)))); // some come often
    }
    return ids;
}

struct printer {
    perf::report& report;
    unsigned threads;
    int repeats;
    double peak = 0; ///< GFLOP/s of one core

    template <class Work> void operator()(std::string const& name, double flop, std::uint64_t tokens, Work work) {
        auto const [seconds, busy] = time_of(repeats, work);
        char note[120];
        if (flop > 0)
            std::snprintf(note, sizeof note, "%.1f GFLOP/s, %.1f of a busy core (%.0f %%), %.0f tokens/s, %.2f ms busy",
                          flop * 1e-9 / seconds, flop * 1e-9 / busy, 100 * flop * 1e-9 / busy / peak,
                          static_cast<double>(tokens) / busy, 1e3 * busy);
        else
            std::snprintf(note, sizeof note, "%.3f ms, %.3f ms busy", 1e3 * seconds, 1e3 * busy);
        report.add({name, threads, 0, tokens, seconds, note});
    }
};

/// The most one core does: a product whose operands stay in the first cache.
double measured_peak(ops_type const& ops) {
    auto const a = random_tensor(ops, 1400, 256), b = random_tensor(ops, 256, 256);
    tensor c(ops, 1400, 256);
    auto best = 0.0;
    for (int i = 0; i < 300; ++i) {
        auto const before = std::clock();
        for (int k = 0; k < 2; ++k) ops->multiply(transposed::no, a.view(), transposed::no, b.view(), 0, c.view());
        auto const busy = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
        best = std::max(best, 2 * 2e-9 * 1400 * 256 * 256 / busy);
    }
    return best;
}

/// A recurrent layer with its run and gradients.
struct layer {
    std::size_t lanes;
    std::size_t size;
    tensor w, u, b, d_w, d_u, d_b, gates, hidden, cells, d_state, d_cells;
    recurrent_cell cell;
    layer(ops_type const& ops, recurrent_cell kind, std::size_t d, std::size_t h, std::size_t batch, std::size_t steps)
        : lanes(batch),
          size(h),
          w(random_tensor(ops, d, wordmill::gates_of(kind) * h)),
          u(random_tensor(ops, h, wordmill::gates_of(kind) * h)),
          b(ops, 1, wordmill::gates_of(kind) * h),
          d_w(ops, w.rows(), w.columns()),
          d_u(ops, u.rows(), u.columns()),
          d_b(ops, 1, w.columns()),
          gates(ops, steps * batch, w.columns()),
          hidden(ops, (steps + 1) * batch, h),
          cells(ops, (steps + 1) * batch, h),
          d_state(ops, batch, h),
          d_cells(ops, batch, h),
          cell(kind) {}
    wordmill::recurrent_weights<float> weights() { return {w.view(), u.view(), b.view()}; }
    wordmill::recurrent_run<float> run() { return {lanes, gates.view(), hidden.view(), cells.view()}; }
    matrix_view<float> output() { return rows_of(hidden.view(), lanes, gates.rows()); }
    void forward(wordmill::operations<float>& ops, matrix_view<float const> x) {
        // the state goes on
        ops.copy(rows_of(hidden.view(), gates.rows(), lanes), rows_of(hidden.view(), 0, lanes));
        ops.copy(rows_of(cells.view(), gates.rows(), lanes), rows_of(cells.view(), 0, lanes));
        ops.recurrent_forward(cell, weights(), x, run());
    }
    void backward(wordmill::operations<float>& ops, matrix_view<float const> x, matrix_view<float const> d_y,
                  matrix_view<float> d_x) {
        ops.fill(d_state.view(), 0);
        ops.fill(d_cells.view(), 0);
        ops.recurrent_backward(cell, weights(), x, run(), d_y, d_state.view(), d_cells.view(), d_x,
                               {d_w.view(), d_u.view(), d_b.view()}, 0);
    }
};

/// A language model built from operations alone.
struct model {
    std::size_t v, d, batch, steps;
    bool tied;
    ops_type ops;
    tensor embedding, d_embedding, projection, d_projection, bias, d_bias, x, y, d_x, d_y;
    std::vector<layer> layers{};
    std::vector<token_id> words, targets;
    std::uint64_t draws = 0;
    wordmill::loss_sum loss{};

    model(ops_type const& with, std::size_t size, std::size_t depth, bool is_tied)
        : v(10000),
          d(size),
          batch(20),
          steps(35),
          tied(is_tied),
          ops(with),
          embedding(random_tensor(ops, v, d)),
          d_embedding(ops, v, d),
          projection(random_tensor(ops, tied ? 1 : d, v)),
          d_projection(ops, projection.rows(), v),
          bias(ops, 1, v),
          d_bias(ops, 1, v),
          x(ops, batch * steps, d),
          y(ops, batch * steps, d),
          d_x(ops, batch * steps, d),
          d_y(ops, batch * steps, d),
          words(random_ids(batch * steps, v)),
          targets(random_ids(batch * steps, v)) {
        for (std::size_t i = 0; i < depth; ++i) layers.emplace_back(ops, recurrent_cell::lstm, d, d, batch, steps);
        std::ranges::reverse(targets);
    }
    [[nodiscard]] double flop() const {
        return 6.0 * static_cast<double>(batch * steps) * static_cast<double>(d * v + layers.size() * 8 * d * d);
    }
    wordmill::dropout_mask mask(std::uint64_t i) const { return {wordmill::random_key(9).fold_in(draws + i)}; }

    void step() {
        auto& o = *ops;
        auto const depth = layers.size();
        std::vector<tensor> inputs;
        o.gather(embedding.view(), words, x.view());
        matrix_view<float> in = x.view();
        for (std::size_t i = 0; i < depth; ++i) {
            if (tied) o.drop(mask(i), in, in);
            layers[i].forward(o, in);
            in = layers[i].output();
            if (tied && i + 1 < depth) { // what follows changes a copy: the state goes on undropped
                o.copy(in, y.view());
                in = y.view();
            }
        }
        auto const last = tied ? d_x.view() : in;
        if (tied) o.drop(mask(depth), in, last);
        auto const form = tied ? transposed::yes : transposed::no;
        auto const weights = tied ? embedding.view() : projection.view();
        auto const d_weights = tied ? d_embedding.view() : d_projection.view();
        loss = o.projection_loss(last, {weights, bias.view(), form}, targets, d_y.view(),
                                 {d_weights, d_bias.view(), form}, 0, 0);
        if (!tied) o.fill(d_embedding.view(), 0);
        for (auto i = depth; i-- > 0;) {
            if (tied) o.drop(mask(i + 1), d_y.view(), d_y.view());
            layers[i].backward(o, i == 0 ? x.view() : y.view(), d_y.view(), d_x.view());
            std::swap(d_x, d_y);
        }
        if (tied) o.drop(mask(0), d_y.view(), d_y.view());
        o.scatter_add(d_y.view(), words, d_embedding.view());
        draws += depth + 1;
        std::vector<std::pair<tensor*, tensor*>> all{{&embedding, &d_embedding}, {&bias, &d_bias}};
        if (!tied) all.push_back({&projection, &d_projection});
        for (auto& l : layers) all.insert(all.end(), {{&l.w, &l.d_w}, {&l.u, &l.d_u}, {&l.b, &l.d_b}});
        double squares = 0;
        for (auto const& [p, g] : all) squares += o.sum_of_squares(g->view());
        wordmill::update_rule const rule{.rate = 1, .gradient_scale = std::min(1.0, 0.25 / std::sqrt(squares))};
        for (auto const& [p, g] : all) o.update(rule, g->view(), {}, p->view(), {}, {});
    }
};
}

int main(int argc, char** argv) {
    auto const number = [&](char const* option, char const* otherwise) {
        return std::stoul(perf::argument(argc, argv, option, otherwise));
    };
    auto const threads = static_cast<unsigned>(number("--threads", "1"));
    auto const only = perf::argument(argc, argv, "--only", "");
    auto const wanted = [&](char const* what) { return only.empty() || only == what; };
    auto const ops = wordmill::cpu_operations(threads);
    perf::report report("nn", argc, argv);
    printer print{report, threads, static_cast<int>(number("--repeats", "9"))};
    print.peak = measured_peak(wordmill::cpu_operations(1));
    std::printf("peak of one core: %.1f GFLOP/s\n", print.peak);

    struct size {
        std::size_t m, k, n;
    };
    if (wanted("products"))
        for (auto const [m, k, n] : {size{700, 650, 2600}, size{700, 2600, 650}, size{650, 700, 2600},
                                     size{700, 100, 400}, size{700, 650, 10000}, size{2048, 2048, 2048}}) {
            auto const a = random_tensor(ops, m, k), b = random_tensor(ops, k, n);
            tensor c(ops, m, n);
            print("product " + std::to_string(m) + " " + std::to_string(k) + " " + std::to_string(n),
                  2.0 * static_cast<double>(m * k * n), 0,
                  [&] { ops->multiply(transposed::no, a.view(), transposed::no, b.view(), 0, c.view()); });
        }
    if (wanted("projection"))
        for (std::size_t const d : {100, 650}) {
            auto const tied = d == 650;
            auto const form = tied ? transposed::yes : transposed::no;
            auto x = random_tensor(ops, 700, d, 1), d_x = random_tensor(ops, 700, d);
            auto w = tied ? random_tensor(ops, 10000, d) : random_tensor(ops, d, 10000);
            tensor d_w(ops, w.rows(), w.columns()), b(ops, 1, 10000), d_b(ops, 1, 10000);
            auto const targets = random_ids(700, 10000);
            auto const flop = 2.0 * 700 * 10000 * static_cast<double>(d);
            print("projection loss, D " + std::to_string(d), flop, 700,
                  [&] { (void)ops->projection_loss(x.view(), {w.view(), b.view(), form}, targets, {}, {}, 0, 0); });
            print("projection loss, gradients, D " + std::to_string(d), 3 * flop, 700, [&] {
                (void)ops->projection_loss(x.view(), {w.view(), b.view(), form}, targets, d_x.view(),
                                           {d_w.view(), d_b.view(), form}, 0, 0);
            });
        }
    if (wanted("recurrent"))
        for (auto const cell : {recurrent_cell::lstm, recurrent_cell::gru, recurrent_cell::tanh})
            for (std::size_t const h : {100, 650}) {
                layer l(ops, cell, h, h, 20, 35);
                auto const x = random_tensor(ops, 700, h), d_y = random_tensor(ops, 700, h);
                tensor d_x(ops, 700, h);
                auto const flop = 2.0 * 700 * static_cast<double>(wordmill::gates_of(cell) * 2 * h * h);
                auto const name = cell == recurrent_cell::lstm  ? "lstm "
                                  : cell == recurrent_cell::gru ? "gru "
                                                                : "tanh ";
                print(name + std::to_string(h) + ", forward", flop, 700, [&] { l.forward(*ops, x.view()); });
                print(name + std::to_string(h) + ", forward and back", 3 * flop, 700, [&] {
                    l.forward(*ops, x.view()); // the way back overwrites what it left
                    l.backward(*ops, x.view(), d_y.view(), d_x.view());
                });
            }
    if (wanted("elements")) {
        auto x = random_tensor(ops, 700, 650), y = random_tensor(ops, 700, 650);
        auto table = random_tensor(ops, 10000, 650), gradient = random_tensor(ops, 10000, 650);
        auto const ids = random_ids(700, 10000);
        print("dropout 700 x 650", 0, 700, [&] { ops->drop({}, x.view(), y.view()); });
        print("gather 700 x 650", 0, 700, [&] { ops->gather(table.view(), ids, x.view()); });
        print("scatter 700 x 650", 0, 700, [&] { ops->scatter_add(x.view(), ids, gradient.view()); });
        print("sum of squares 10000 x 650", 0, 700, [&] { (void)ops->sum_of_squares(gradient.view()); });
        print("sgd 10000 x 650", 0, 700, [&] { ops->update({}, gradient.view(), {}, table.view(), {}, {}); });
        print("sigmoid 700 x 650", 0, 700, [&] { ops->activate(wordmill::activation::sigmoid, x.view(), y.view()); });
        print("tanh 700 x 650", 0, 700, [&] { ops->activate(wordmill::activation::tanh, x.view(), y.view()); });
    }
    for (auto const better : {false, true}) {
        if (!wanted(better ? "better" : "rnnlm")) continue;
        model m(ops, better ? 650 : 100, better ? 2 : 1, better);
        print(better ? "BetterRnnlm, a step" : "Rnnlm, a step", m.flop(), 700, [&] { m.step(); });
        std::printf("  bound %.0f tokens/s a core at the peak; perplexity of the last step %.1f; peak memory %.0f MB\n",
                    700 * print.peak * 1e9 / m.flop(), std::exp(m.loss.mean()),
                    static_cast<double>(perf::peak_memory()) * 1e-6);
    }
}
