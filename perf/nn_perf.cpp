// Speed of neural-network operations on the CPU, one by one and in whole training steps of language models.
//   nn_perf [--threads N] [--repeats N] [--precision fp32|bf16] [--json FILE] [--only CASE]
//   CASE: peak, products, projection, smoothing, softmax, recurrent, seq2seq, transformer, elements, rnnlm, better,
//         transformer_lm
// Rnnlm: 10,000 words, embedding, LSTM and projection of 100, 20 lanes, 35 steps. BetterRnnlm: 650, two layers with
// dropout, the projection's weights those of the embedding. The Transformer: two layers of 256 with four heads, 1,024
// inner values and dropout, the projection's weights likewise, 20 lanes, 64 steps. A step is forward, backward,
// clipping by the global norm and SGD; the Transformer's Adam. "busy" is the CPU time of all threads in the fastest
// run, which is more reliable than wall time on a busy machine. The bound is 3 x 2 multiplications and additions for
// each weight and token at the peak of one core, measured in the same run.
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
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.training;

namespace {
using wordmill::device_view;
using wordmill::recurrent_cell;
using wordmill::token_id;
using wordmill::transposed;
using tensor = wordmill::tensor<float>;
using ops_type = std::shared_ptr<wordmill::operations<float>>;

struct timing {
    double seconds; ///< of the middle run
    double busy;    ///< CPU time of the fastest
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
            std::snprintf(note, sizeof note, "%.3f ms, %.3f ms busy, %.0f tokens/s", 1e3 * seconds, 1e3 * busy,
                          static_cast<double>(tokens) / busy);
        report.add({name, threads, 0, tokens, seconds, note});
    }
};

/// The peak of one core: a product whose operands stay in the first-level cache.
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

/// Steps of a last layer over many words, forward, back and SGD. Targets follow Zipf's law.
void time_softmaxes(ops_type const& ops, printer& print) {
    constexpr std::size_t v = 200'000, d = 256, n = 700;
    auto const x = random_tensor(ops, n, d, 1);
    auto random = wordmill::random_key(4).engine();
    std::vector<token_id> targets;
    for (std::size_t i = 0; i < n; ++i)
        targets.push_back(token_id(static_cast<std::uint32_t>(std::expm1(random.uniform_double() * std::log(v)))));
    wordmill::parameter_set<float> set(ops);
    std::uint64_t steps = 0;
    auto const add = [&](std::string name, std::size_t rows, std::size_t columns) -> wordmill::parameter<float>& {
        auto& p = set.add(std::move(name), rows, columns);
        wordmill::fill_uniform(p, wordmill::random_key(set.size()), 0.05);
        return p;
    };
    auto const time = [&](std::string const& name, auto const& forward) {
        wordmill::optimizer<float> sgd(set, {.learning_rate = 0.1});
        print(name, 0, n, [&] {
            set.begin_step();
            forward();
            sgd.step();
            (void)sgd.norm();
        });
    };
    auto& rows = add("rows", v, d);
    auto& row_bias = add("bias of rows", v, 1);
    wordmill::sampled_softmax_loss<float> sampled(rows, row_bias, 8192);
    time("sampled softmax, 8192 samples",
         [&] { (void)sampled.forward(x.view(), targets, wordmill::random_key(++steps)); });
    auto& head = add("head", d, 4002);
    auto& head_bias = add("bias of the head", 1, 4002);
    wordmill::adaptive_softmax_loss<float> adaptive(
        {head, head_bias, {{add("0", d, 64), add("0 up", 64, 36'000)}, {add("1", d, 16), add("1 up", 16, 160'000)}}});
    time("adaptive softmax, cutoffs 4000, 40000", [&] { (void)adaptive.forward(x.view(), targets); });
    auto& weights = add("weights", d, v);
    auto& bias = add("bias", 1, v);
    wordmill::projection_loss<float> full(weights, &bias);
    time("full softmax", [&] { (void)full.forward(x.view(), targets); });
    time("sampled softmax, the exact loss alone", [&] { (void)sampled.evaluate(x.view(), targets); });
    time("adaptive softmax, the exact loss alone", [&] { (void)adaptive.evaluate(x.view(), targets); });
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
    device_view<float> output() { return rows_of(hidden.view(), lanes, gates.rows()); }
    void forward(wordmill::operations<float>& ops, device_view<float const> x) {
        // the state continues
        ops.copy(rows_of(hidden.view(), gates.rows(), lanes), rows_of(hidden.view(), 0, lanes));
        ops.copy(rows_of(cells.view(), gates.rows(), lanes), rows_of(cells.view(), 0, lanes));
        ops.recurrent_forward({cell, weights(), x, run()});
    }
    void backward(wordmill::operations<float>& ops, device_view<float const> x, device_view<float const> d_y,
                  device_view<float> d_x) {
        ops.fill(d_state.view(), 0);
        ops.fill(d_cells.view(), 0);
        ops.recurrent_backward({cell, weights(), x, run()}, {.hidden = d_y,
                                                             .state = d_state.view(),
                                                             .cells = d_cells.view(),
                                                             .x = d_x,
                                                             .weights = {d_w.view(), d_u.view(), d_b.view()}});
    }
};

/// The layers of the book's sequence-to-sequence models: additions (T 7, D 16, H 128) and dates (T 29 and 10, H 256).
void time_sequences(ops_type const& ops, printer& print) {
    constexpr std::size_t lanes = 128;
    auto const lstm_flop = [](std::size_t rows, std::size_t d, std::size_t h) {
        return 2.0 * static_cast<double>(rows * (d + h) * 4 * h);
    };
    struct shape {
        std::size_t steps, d, h;
    };
    wordmill::parameter_set<float> set(ops);
    auto const layer_of = [&](std::string const& name, std::size_t d, std::size_t h) {
        wordmill::recurrent_parameters<float> const p{
            set.add(name + " input", d, 4 * h), set.add(name + " hidden", h, 4 * h), set.add(name + " bias", 1, 4 * h)};
        for (auto* const one : {&p.input, &p.hidden}) wordmill::fill_normal(*one, wordmill::random_key(d), 0.05);
        return wordmill::recurrent<float>({}, p);
    };
    for (auto const [steps, d, h] : {shape{7, 16, 128}, shape{29, 16, 256}, shape{10, 16, 256}}) {
        auto const name = "lstm T " + std::to_string(steps) + " B 128 D 16 H " + std::to_string(h);
        auto layer = layer_of(name, d, h);
        auto const rows = steps * lanes;
        auto const x = random_tensor(ops, rows, d), d_y = random_tensor(ops, rows, h);
        wordmill::mirrored<std::uint32_t> lengths(ops->queue());
        for (std::size_t b = 0; b < lanes; ++b)
            lengths.host().push_back(static_cast<std::uint32_t>(steps - b * steps / (2 * lanes)));
        (void)lengths.upload();
        auto const flop = lstm_flop(rows, d, h);
        print(name + ", forward", flop, rows, [&] { (void)layer.forward(x.view(), lanes); });
        print(name + ", forward and back", 3 * flop, rows, [&] {
            set.begin_step();
            (void)layer.forward(x.view(), lanes);
            (void)layer.backward(d_y.view());
        });
        print(name + ", the same, a quarter padding", 3 * flop, rows, [&] {
            set.begin_step();
            (void)layer.forward(x.view(), lanes, lengths.device());
            (void)layer.backward(d_y.view());
        });
        print(name + ", step by step", flop, rows, [&] {
            layer.begin(steps, lanes);
            for (std::size_t t = 0; t < steps; ++t) (void)layer.forward_steps(rows_of(x.view(), t * lanes, lanes), t);
        });
    }
    for (std::size_t const few : {1, 5}) { // decoding of one sequence, greedily or with a beam of 5
        auto layer = layer_of("few " + std::to_string(few), 16, 256);
        auto const x = random_tensor(ops, few, 16);
        print("lstm T 1 B " + std::to_string(few) + " D 16 H 256, forward", lstm_flop(few, 16, 256), few,
              [&] { (void)layer.forward(x.view(), few); });
        auto const h_of_step = random_tensor(ops, few, 256), projection = random_tensor(ops, 256, 10000);
        tensor logits(ops, few, 10000);
        print("product " + std::to_string(few) + " 256 10000", 2.0 * static_cast<double>(few * 256 * 10000), few, [&] {
            ops->multiply(transposed::no, h_of_step.view(), transposed::no, projection.view(), 0, logits.view());
        });
    }
    constexpr std::size_t sources = 29, h = 256;
    using wordmill::attention_kind;
    for (auto const kind : {attention_kind::dot, attention_kind::general, attention_kind::additive})
        for (std::size_t const at_once : {10, 1}) {
            constexpr std::size_t steps = 10;
            auto const name = "attention " + std::to_string(static_cast<int>(kind)) + " T 10 S 29 B 128 H 256"
                              + (at_once == 1 ? ", step by step" : "");
            wordmill::attention<float> layer(
                kind, wordmill::add_attention(kind, {.query = h, .key = h}, name, set, wordmill::random_key(1)), ops);
            auto const values = random_tensor(ops, sources * lanes, h), queries = random_tensor(ops, steps * lanes, h);
            auto const forward = [&] {
                layer.attend_to(values.view(), lanes, {}, steps);
                for (std::size_t t = 0; t < steps; t += at_once)
                    (void)layer.forward(rows_of(queries.view(), t * lanes, at_once * lanes), t);
            };
            print(name + ", forward", 0, steps * lanes, forward);
            print(name + ", forward and back", 0, steps * lanes, [&] {
                set.begin_step();
                forward();
                for (auto t = steps; t > 0; t -= at_once)
                    (void)layer.backward(rows_of(queries.view(), (t - at_once) * lanes, at_once * lanes), t - at_once);
            });
        }
}

/// The operations of a Transformer, and stacks of three layers of 256, on 64 sentences.
void time_transformers(ops_type const& ops, printer& print) {
    constexpr std::size_t lanes = 64, heads = 8, h = 256, inner = 1024;
    for (std::size_t const steps : {13, 40}) {
        auto const rows = steps * lanes;
        auto const name = "T " + std::to_string(steps) + " B 64 H 256, ";
        auto const joint = random_tensor(ops, rows, 3 * h, 1), d = random_tensor(ops, rows, h, 1);
        tensor d_joint(ops, rows, 3 * h), y(ops, rows, h), log_sums(ops, rows, heads), statistics(ops, rows, 2);
        auto const gain = random_tensor(ops, 1, h), bias = random_tensor(ops, 1, h);
        tensor d_gain(ops, 1, h), d_bias(ops, 1, h);
        wordmill::multi_head_pass<float> const pass{.lanes = lanes,
                                                    .heads = heads,
                                                    .queries = columns_of(joint.view(), 0, h),
                                                    .keys = columns_of(joint.view(), h, h),
                                                    .values = columns_of(joint.view(), 2 * h, h),
                                                    .outputs = y.view(),
                                                    .log_sums = log_sums.view()};
        auto const flop = 4.0 * static_cast<double>(rows * steps * h);
        print("multi-head attention " + name + "forward", flop, rows, [&] { ops->multi_head_forward(pass); });
        print("multi-head attention " + name + "back", 2.5 * flop, rows, [&] {
            ops->multi_head_backward(pass, {.outputs = d.view(),
                                            .queries = columns_of(d_joint.view(), 0, h),
                                            .keys = columns_of(d_joint.view(), h, h),
                                            .values = columns_of(d_joint.view(), 2 * h, h)});
        });
        wordmill::normalization<float> const norm{d.view(), gain.view(), statistics.view()};
        print("layer norm " + name + "forward", 0, rows, [&] { ops->normalize(norm, bias.view(), y.view()); });
        print("layer norm " + name + "back", 0, rows, [&] {
            ops->normalize_backward(norm, {.y = d.view(), .x = y.view(), .gain = d_gain.view(), .bias = d_bias.view()});
        });

        wordmill::parameter_set<float> set(ops);
        wordmill::transformer_options options{.layers = 3, .heads = heads, .size = h, .inner = inner};
        wordmill::transformer_encoder<float> encoder(options, "encoder", set, wordmill::random_key(1));
        options.source_size = h;
        wordmill::transformer_decoder<float> decoder(options, "decoder", set, wordmill::random_key(2));
        auto const forward = [&] {
            wordmill::pass const training{.training = true, .key = wordmill::random_key(3)};
            auto const values = encoder.forward(d.view(), lanes, {}, training);
            decoder.attend_to(values, lanes, {}, steps);
            (void)decoder.forward(d.view(), 0, training);
        };
        auto const products = 2.0 * 3 * static_cast<double>(rows * h * (12 * h + 4 * inner));
        print("encoder and decoder " + name + "forward", products, rows, forward);
        print("encoder and decoder " + name + "forward and back", 3 * products, rows, [&] {
            set.begin_step();
            forward();
            (void)decoder.backward(d.view());
            (void)encoder.backward(decoder.d_values());
        });
    }
}

/// A language model with the book's settings or a Transformer, and a batch that it trains on repeatedly.
enum class model_kind : std::uint8_t { rnnlm, better, transformer };
struct whole_model {
    wordmill::language_model<float> model;
    wordmill::language_trainer trainer;
    wordmill::bptt_batch batch{};
    double perplexity = 0;

    whole_model(ops_type const& ops, model_kind kind)
        : model(options(kind), ops, wordmill::random_key(1)),
          trainer(model,
                  kind == model_kind::transformer
                      ? wordmill::optimizer_options{.kind = wordmill::optimizer_kind::adam, .max_norm = 0.25}
                      : wordmill::optimizer_options{.learning_rate = 1, .max_norm = 0.25},
                  wordmill::random_key(2)) {
        batch.lanes = 20;
        batch.steps = kind == model_kind::transformer ? segment : 35;
        batch.inputs = random_ids(tokens(), words);
        batch.targets = {batch.inputs.rbegin(), batch.inputs.rend()};
        batch.counted = tokens();
    }
    static constexpr std::size_t words = 10000, segment = 64;
    static wordmill::language_model_options options(model_kind kind) {
        wordmill::language_model_options o{.vocabulary_size = words};
        if (kind == model_kind::rnnlm) return o;
        if (kind == model_kind::transformer) {
            o.embedding_size = o.hidden_size = 256;
            o.layers = 2;
            o.dropout = 0.1;
            o.tied = true;
            o.transformer = wordmill::transformer_shape{.heads = 4, .inner_size = 1024, .context = segment};
            return o;
        }
        o.embedding_size = o.hidden_size = 650;
        o.layers = 2;
        o.dropout = 0.5;
        o.tied = true;
        return o;
    }
    [[nodiscard]] std::size_t tokens() const { return batch.lanes * batch.steps; }
    [[nodiscard]] double flop() const {
        auto const& o = model.options();
        auto const of_layer = o.transformer ? 4 * o.hidden_size + 2 * o.transformer->inner_size : 8 * o.hidden_size;
        return 6.0 * static_cast<double>(tokens() * o.hidden_size * (words + o.layers * of_layer));
    }
    void step() { perplexity = std::exp(trainer.step(batch).mean()); }
};
}

int main(int argc, char** argv) {
    auto const number = [&](char const* option, char const* otherwise) {
        return std::stoul(perf::argument(argc, argv, option, otherwise));
    };
    auto const threads = static_cast<unsigned>(number("--threads", "1"));
    auto const only = perf::argument(argc, argv, "--only", "");
    auto const wanted = [&](char const* what) { return only.empty() || only == what; };
    auto const half = perf::argument(argc, argv, "--precision", "fp32") == "bf16";
    auto const products = half ? wordmill::precision::bf16 : wordmill::precision::fp32;
    auto const ops = wordmill::cpu_operations(threads, products);
    perf::report report("nn", argc, argv);
    printer print{report, threads, static_cast<int>(number("--repeats", "9"))};
    print.peak = measured_peak(wordmill::cpu_operations(1, products));
    std::printf("%s; peak of one core: %.1f GFLOP/s%s\n", ops->name().c_str(), print.peak,
                half && !wordmill::has_bf16_units() ? ", bf16 imitated" : "");

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
            wordmill::mirrored<token_id> targets(ops->queue());
            targets.assign(random_ids(700, 10000));
            wordmill::deferred<wordmill::loss_sum> loss(ops->queue());
            wordmill::projection<float> const to{w.view(), b.view(), form}, d_to{d_w.view(), d_b.view(), form};
            auto const flop = 2.0 * 700 * 10000 * static_cast<double>(d);
            print("projection loss, D " + std::to_string(d), flop, 700,
                  [&] { ops->projection_loss(x.view(), to, targets.device(), loss.target()); });
            print("projection loss, gradients, D " + std::to_string(d), 3 * flop, 700, [&] {
                ops->projection_loss(x.view(), to, targets.device(), loss.target(), {.x = d_x.view(), .to = d_to});
            });
        }
    if (wanted("smoothing"))
        for (float const smoothing : {0.0F, 0.1F})
            for (auto const [n, d, v] : {size{700, 256, 10000}, size{1024, 128, 59}}) {
                auto x = random_tensor(ops, n, d, 1), d_x = random_tensor(ops, n, d), w = random_tensor(ops, d, v);
                tensor d_w(ops, d, v), b(ops, 1, v), d_b(ops, 1, v);
                wordmill::mirrored<token_id> targets(ops->queue());
                targets.assign(random_ids(n, v));
                wordmill::deferred<wordmill::loss_sum> loss(ops->queue());
                print("projection loss, gradients, D " + std::to_string(d) + ", V " + std::to_string(v)
                          + (smoothing == 0 ? "" : ", smoothed"),
                      6.0 * static_cast<double>(n * d * v), n, [&] {
                          ops->projection_loss(
                              x.view(), {w.view(), b.view()}, targets.device(), loss.target(),
                              {.x = d_x.view(), .to = {d_w.view(), d_b.view()}, .smoothing = smoothing});
                      });
            }
    if (wanted("softmax")) time_softmaxes(ops, print);
    if (wanted("seq2seq")) time_sequences(ops, print);
    if (wanted("transformer")) time_transformers(ops, print);
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
        wordmill::mirrored<token_id> ids(ops->queue());
        ids.assign(random_ids(700, 10000));
        wordmill::deferred<double> sum(ops->queue());
        print("dropout 700 x 650", 0, 700, [&] { ops->drop({}, x.view(), y.view()); });
        print("gather 700 x 650", 0, 700, [&] { ops->gather(table.view(), ids.device(), x.view()); });
        print("scatter 700 x 650", 0, 700, [&] { ops->scatter_add(x.view(), ids.device(), gradient.view()); });
        print("sum of squares 10000 x 650", 0, 700, [&] { ops->sum_of_squares(gradient.view(), sum.target()); });
        print("sgd 10000 x 650", 0, 700,
              [&] { ops->update({}, {.gradient = gradient.view(), .values = table.view()}); });
        print("sigmoid 700 x 650", 0, 700, [&] { ops->activate(wordmill::activation::sigmoid, x.view(), y.view()); });
        print("tanh 700 x 650", 0, 700, [&] { ops->activate(wordmill::activation::tanh, x.view(), y.view()); });
    }
    struct named_model {
        char const* option;
        model_kind kind;
        char const* step;
    };
    for (auto const& [option, kind, step] : {named_model{"rnnlm", model_kind::rnnlm, "Rnnlm, a step"},
                                             {"better", model_kind::better, "BetterRnnlm, a step"},
                                             {"transformer_lm", model_kind::transformer, "Transformer, a step"}}) {
        if (!wanted(option)) continue;
        whole_model m(ops, kind);
        print(step, m.flop(), m.tokens(), [&] { m.step(); });
        std::printf("  bound %.0f tokens/s a core at the peak; perplexity of the last step %.1f; peak memory %.0f MB\n",
                    static_cast<double>(m.tokens()) * print.peak * 1e9 / m.flop(), m.perplexity,
                    static_cast<double>(perf::peak_memory()) * 1e-6);
    }
}
