// Replaces what is used of cuDNN: layers of one direction by the formulas of its documentation, in double, of factors
// that are rounded to tf32 unless FMA is asked for. Memory for the way back and the places of weights are the library's
// own affair; here weights have gaps, and come in an order that nobody expects. Static and dynamic persistent plans are
// refused, each by the call that may refuse it, and plans for small layers take up to 64 units. Those of more than 48
// units wait for their stream, which a captured one refuses.
#include "recurrent_layers.hpp"
#include "../emulator/emulator.hpp"
#include "cudnn.hpp"
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace {
namespace dnn = wordmill::cuda::dnn;
using dnn::object;

constexpr int execution_failed = 5000;
constexpr std::size_t gap = 5; // floats between the parts of weights
constexpr float mark = 271828; // at the beginning of memory that a forward pass has filled

struct handle {
    cudaStream_t stream = nullptr;
};
struct data {
    int steps = 0, lanes = 0, size = 0;
};
struct layer {
    int algorithm = 0, cell = 0, math = 0, inputs = 0, units = 0;
    [[nodiscard]] int gates() const { return cell == dnn::lstm_cell ? 4 : 1; }
    [[nodiscard]] std::size_t matrix_size(int number) const {
        return static_cast<std::size_t>(units) * static_cast<std::size_t>(number < gates() ? inputs : units);
    }
    /// Biases first, then matrices from the last to the first.
    [[nodiscard]] std::size_t bias_at(int gate) const {
        return static_cast<std::size_t>(gates() - 1 - gate) * (static_cast<std::size_t>(units) + gap);
    }
    [[nodiscard]] std::size_t matrix_at(int number) const {
        auto at = bias_at(-1);
        for (int other = 2 * gates() - 1; other > number; --other) at += matrix_size(other) + gap;
        return at;
    }
    [[nodiscard]] std::size_t weights() const { return matrix_at(-1); }
};
layer const& layer_of(object x) { return *static_cast<layer*>(x); }
data const& data_of(object x) { return *static_cast<data*>(x); }

template <class T> int create(object* to) { return *to = new T, dnn::success; }
template <class T> int destroy(object x) { return delete static_cast<T*>(x), dnn::success; }
int set_stream(object h, cudaStream_t stream) { return static_cast<handle*>(h)->stream = stream, dnn::success; }
char const* text_of(int) { return "the stand-in refuses"; }
int set_tensor(object, int, int dimensions, int const*, int const*) { return dimensions == 3 ? dnn::success : 2000; }
int set_dropout(object, object, float ratio, void*, std::size_t, unsigned long long) {
    return ratio == 0 ? dnn::success : dnn::not_supported;
}
int set_data(object x, int, int layout, int steps, int lanes, int size, int const lengths[], void*) {
    if (layout != dnn::packed_steps) return dnn::not_supported;
    for (int b = 0; b < lanes; ++b)
        if (lengths[b] != steps) return dnn::not_supported;
    *static_cast<data*>(x) = {steps, lanes, size};
    return dnn::success;
}
int set_rnn(object x, int algorithm, int cell, int bias, int direction, int, int, int, int math, std::int32_t inputs,
            std::int32_t units, std::int32_t projection, std::int32_t layers, object, std::uint32_t) {
    if (algorithm == dnn::persist_static) return dnn::not_supported;
    if (bias != dnn::single_input_bias || direction != dnn::unidirectional || projection != units || layers != 1)
        return dnn::not_supported;
    *static_cast<layer*>(x) = {algorithm, cell, math, inputs, units};
    return dnn::success;
}
int build_dynamic(object, object, int) { return dnn::not_supported + 8; } // without a compiler at run time
int weight_bytes(object, object x, std::size_t* bytes) {
    return *bytes = layer_of(x).weights() * sizeof(float), dnn::success;
}
int weights_at(object, object x, std::int32_t, std::size_t bytes, void const* space, std::int32_t number, object,
               void** matrix, object, void** bias) {
    auto const& l = layer_of(x);
    if (bytes != l.weights() * sizeof(float) || number >= 2 * l.gates()) return 2000;
    auto* const all = static_cast<float*>(const_cast<void*>(space));
    *matrix = all + l.matrix_at(number);
    *bias = number < l.gates() ? all + l.bias_at(number) : nullptr;
    return dnn::success;
}
std::size_t reserve_values(layer const& l, data const& x) { // the mark, then gates, cells and gradients of gates
    return 1
           + static_cast<std::size_t>(x.steps) * static_cast<std::size_t>(x.lanes)
                 * static_cast<std::size_t>((2 * l.gates() + 1) * l.units);
}
int space_bytes(object, object x, int, object d, std::size_t* work, std::size_t* reserve) {
    *work = 8;
    *reserve = reserve_values(layer_of(x), data_of(d)) * sizeof(float);
    return dnn::success;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// A factor of a product: with the 11 bits of tf32, if tensor cores may be used.
double factor(layer const& l, float x) {
    if (l.math == dnn::fma_math || !std::isfinite(x)) return static_cast<double>(x);
    auto const bits = std::bit_cast<std::uint32_t>(x);
    return static_cast<double>(std::bit_cast<float>((bits + 0xfffU + (bits >> 13 & 1U)) & ~0x1fffU));
}

/// The matrices of a pass, and what it keeps.
struct pass {
    layer l;
    data d;
    float* reserve;
    [[nodiscard]] std::size_t units() const { return static_cast<std::size_t>(l.units); }
    [[nodiscard]] std::size_t inputs() const { return static_cast<std::size_t>(l.inputs); }
    [[nodiscard]] std::size_t lanes() const { return static_cast<std::size_t>(d.lanes); }
    [[nodiscard]] std::size_t rows() const { return lanes() * static_cast<std::size_t>(d.steps); }
    [[nodiscard]] float& gate(std::size_t row, int g, std::size_t unit) const {
        return reserve[1 + (row * static_cast<std::size_t>(l.gates()) + static_cast<std::size_t>(g)) * units() + unit];
    }
    [[nodiscard]] float& d_gate(std::size_t row, int g, std::size_t unit) const { return gate(rows() + row, g, unit); }
    [[nodiscard]] float& cell(std::size_t row, std::size_t unit) const {
        return reserve[1 + 2 * rows() * static_cast<std::size_t>(l.gates()) * units() + row * units() + unit];
    }
    /// Row `row` of a sequence of states that begins with `first`.
    [[nodiscard]] static float const* before(float const* first, float const* states, std::size_t row,
                                             std::size_t lanes, std::size_t units) {
        return row < lanes ? first + row * units : states + (row - lanes) * units;
    }
};

void forward_pass(pass const& p, float const* x, float* y, float const* h, float const* c, float* last_c,
                  float const* weights) {
    auto const n = p.units();
    bool const lstm = p.l.cell == dnn::lstm_cell;
    p.reserve[0] = mark;
    for (std::size_t row = 0; row < p.rows(); ++row) {
        auto const* const h_before = pass::before(h, y, row, p.lanes(), n);
        for (int g = 0; g < p.l.gates(); ++g)
            for (std::size_t u = 0; u < n; ++u) {
                auto const *w = weights + p.l.matrix_at(g), *r = weights + p.l.matrix_at(p.l.gates() + g);
                double sum = weights[p.l.bias_at(g) + u];
                for (std::size_t i = 0; i < p.inputs(); ++i)
                    sum += factor(p.l, w[u * p.inputs() + i]) * factor(p.l, x[row * p.inputs() + i]);
                for (std::size_t i = 0; i < n; ++i) sum += factor(p.l, r[u * n + i]) * factor(p.l, h_before[i]);
                p.gate(row, g, u) = static_cast<float>(!lstm || g == 2 ? std::tanh(sum) : sigmoid(sum));
            }
        for (std::size_t u = 0; u < n; ++u) {
            float out = p.gate(row, 0, u);
            if (lstm) {
                auto const old = row < p.lanes() ? c[row * n + u] : p.cell(row - p.lanes(), u);
                p.cell(row, u) = p.gate(row, 1, u) * old + p.gate(row, 0, u) * p.gate(row, 2, u);
                out = p.gate(row, 3, u) * std::tanh(p.cell(row, u));
                if (row + p.lanes() >= p.rows()) last_c[(row + p.lanes() - p.rows()) * n + u] = p.cell(row, u);
            }
            y[row * n + u] = out;
        }
    }
}
int forward(object h, object rnn, int, std::int32_t const*, object x_data, void const* x, object, void* y, object,
            void const* first, void* last, object, void const* c, void* last_c, std::size_t, void const* weights,
            std::size_t, void*, std::size_t reserve_bytes, void* reserve) {
    pass const p{layer_of(rnn), data_of(x_data), static_cast<float*>(reserve)};
    if (p.l.algorithm == dnn::small_h && p.l.units > 64) return dnn::not_supported + 2;
    if (p.l.algorithm == dnn::small_h && p.l.units > 48
        && cudaStreamSynchronize(static_cast<handle*>(h)->stream) != cudaSuccess)
        return execution_failed;
    if (last != nullptr || reserve_bytes != reserve_values(p.l, p.d) * sizeof(float)) return 2000;
    auto const code = emulator::enqueue(static_cast<handle*>(h)->stream, [=] {
        forward_pass(p, static_cast<float const*>(x), static_cast<float*>(y), static_cast<float const*>(first),
                     static_cast<float const*>(c), static_cast<float*>(last_c), static_cast<float const*>(weights));
        return std::string();
    });
    return code == cudaSuccess ? dnn::success : execution_failed;
}

struct data_gradients {
    float const *d_y, *d_last, *d_last_c, *c;
    float *d_x, *d_first, *d_first_c;
};
void backward_pass(pass const& p, float const* weights, data_gradients const& d) {
    auto const n = p.units(), lanes = p.lanes();
    bool const lstm = p.l.cell == dnn::lstm_cell;
    std::vector<double> d_h(d.d_last, d.d_last + lanes * n), d_c(lanes * n);
    if (lstm) d_c.assign(d.d_last_c, d.d_last_c + lanes * n);
    for (auto row = p.rows(); row-- > 0;) {
        auto const lane = row % lanes;
        for (std::size_t u = 0; u < n; ++u) {
            auto const dy = d_h[lane * n + u] + static_cast<double>(d.d_y[row * n + u]);
            auto const gate = [&](int g) { return static_cast<double>(p.gate(row, g, u)); };
            auto const set = [&](int g, double value) { p.d_gate(row, g, u) = static_cast<float>(value); };
            if (!lstm) {
                set(0, dy * (1 - gate(0) * gate(0)));
                continue;
            }
            auto const squashed = std::tanh(static_cast<double>(p.cell(row, u)));
            auto const old = static_cast<double>(row < lanes ? d.c[row * n + u] : p.cell(row - lanes, u));
            auto& dc = d_c[lane * n + u];
            dc += dy * gate(3) * (1 - squashed * squashed);
            set(0, dc * gate(2) * gate(0) * (1 - gate(0)));
            set(1, dc * old * gate(1) * (1 - gate(1)));
            set(2, dc * gate(0) * (1 - gate(2) * gate(2)));
            set(3, dy * squashed * gate(3) * (1 - gate(3)));
            dc *= gate(1);
        }
        auto const sum = [&](int first_matrix, std::size_t width, std::size_t i) {
            double out = 0;
            for (int g = 0; g < p.l.gates(); ++g)
                for (std::size_t u = 0; u < n; ++u)
                    out += factor(p.l, p.d_gate(row, g, u))
                           * factor(p.l, weights[p.l.matrix_at(first_matrix + g) + u * width + i]);
            return out;
        };
        for (std::size_t i = 0; i < p.inputs(); ++i)
            d.d_x[row * p.inputs() + i] = static_cast<float>(sum(0, p.inputs(), i));
        for (std::size_t i = 0; i < n; ++i) d_h[lane * n + i] = sum(p.l.gates(), n, i);
    }
    for (std::size_t i = 0; i < lanes * n; ++i) {
        d.d_first[i] = static_cast<float>(d_h[i]);
        if (lstm) d.d_first_c[i] = static_cast<float>(d_c[i]);
    }
}
int backward_data(object h, object rnn, std::int32_t const*, object y_data, void const*, void const* d_y, object,
                  void* d_x, object, void const*, void const* d_last, void* d_first, object, void const* c,
                  void const* d_last_c, void* d_first_c, std::size_t, void const* weights, std::size_t, void*,
                  std::size_t, void* reserve) {
    pass const p{layer_of(rnn), data_of(y_data), static_cast<float*>(reserve)};
    auto const of = [](void const* x) { return static_cast<float const*>(x); };
    auto const to = [](void* x) { return static_cast<float*>(x); };
    data_gradients const d{of(d_y), of(d_last), of(d_last_c), of(c), to(d_x), to(d_first), to(d_first_c)};
    auto const code = emulator::enqueue(static_cast<handle*>(h)->stream, [=] {
        if (p.reserve[0] != mark) return std::string("cuDNN's stand-in: no forward pass has filled this memory");
        backward_pass(p, static_cast<float const*>(weights), d);
        return std::string();
    });
    return code == cudaSuccess ? dnn::success : execution_failed;
}

void weights_pass(pass const& p, float const* x, float const* h, float const* y, float* to) {
    auto const n = p.units();
    for (int g = 0; g < p.l.gates(); ++g)
        for (std::size_t u = 0; u < n; ++u) {
            auto const d = [&](std::size_t row) { return p.d_gate(row, g, u); };
            auto const add = [&](std::size_t at, auto product) {
                double sum = 0;
                for (std::size_t row = 0; row < p.rows(); ++row) sum += product(row);
                to[at] += static_cast<float>(sum);
            };
            add(p.l.bias_at(g) + u, [&](std::size_t row) { return static_cast<double>(d(row)); });
            for (std::size_t i = 0; i < p.inputs(); ++i)
                add(p.l.matrix_at(g) + u * p.inputs() + i,
                    [&](std::size_t row) { return factor(p.l, d(row)) * factor(p.l, x[row * p.inputs() + i]); });
            for (std::size_t i = 0; i < n; ++i)
                add(p.l.matrix_at(p.l.gates() + g) + u * n + i, [&](std::size_t row) {
                    return factor(p.l, d(row)) * factor(p.l, pass::before(h, y, row, p.lanes(), n)[i]);
                });
        }
}
int backward_weights(object h, object rnn, int mode, std::int32_t const*, object x_data, void const* x, object,
                     void const* first, object, void const* y, std::size_t, void* to, std::size_t, void*, std::size_t,
                     void* reserve) {
    if (mode != dnn::adds_gradients) return dnn::not_supported;
    pass const p{layer_of(rnn), data_of(x_data), static_cast<float*>(reserve)};
    auto const code = emulator::enqueue(static_cast<handle*>(h)->stream, [=] {
        weights_pass(p, static_cast<float const*>(x), static_cast<float const*>(first), static_cast<float const*>(y),
                     static_cast<float*>(to));
        return std::string();
    });
    return code == cudaSuccess ? dnn::success : execution_failed;
}

struct nothing {};
dnn::functions const stand_in{.create = create<handle>,
                              .destroy = destroy<handle>,
                              .set_stream = set_stream,
                              .text_of = text_of,
                              .create_tensor = create<nothing>,
                              .destroy_tensor = destroy<nothing>,
                              .set_tensor = set_tensor,
                              .create_dropout = create<nothing>,
                              .destroy_dropout = destroy<nothing>,
                              .set_dropout = set_dropout,
                              .create_data = create<data>,
                              .destroy_data = destroy<data>,
                              .set_data = set_data,
                              .create_rnn = create<layer>,
                              .destroy_rnn = destroy<layer>,
                              .set_rnn = set_rnn,
                              .build_dynamic = build_dynamic,
                              .weight_bytes = weight_bytes,
                              .weights_at = weights_at,
                              .space_bytes = space_bytes,
                              .forward = forward,
                              .backward_data = backward_data,
                              .backward_weights = backward_weights};
}

void* find_recurrent_function(char const* name) {
    struct known_function {
        char const* name;
        void* function;
    };
    auto const& f = stand_in;
#define WORDMILL_KNOWN(member, name) {name, reinterpret_cast<void*>(f.member)}
    known_function const all[] = {WORDMILL_KNOWN(create, "cudnnCreate"),
                                  WORDMILL_KNOWN(destroy, "cudnnDestroy"),
                                  WORDMILL_KNOWN(set_stream, "cudnnSetStream"),
                                  WORDMILL_KNOWN(text_of, "cudnnGetErrorString"),
                                  WORDMILL_KNOWN(create_tensor, "cudnnCreateTensorDescriptor"),
                                  WORDMILL_KNOWN(destroy_tensor, "cudnnDestroyTensorDescriptor"),
                                  WORDMILL_KNOWN(set_tensor, "cudnnSetTensorNdDescriptor"),
                                  WORDMILL_KNOWN(create_dropout, "cudnnCreateDropoutDescriptor"),
                                  WORDMILL_KNOWN(destroy_dropout, "cudnnDestroyDropoutDescriptor"),
                                  WORDMILL_KNOWN(set_dropout, "cudnnSetDropoutDescriptor"),
                                  WORDMILL_KNOWN(create_data, "cudnnCreateRNNDataDescriptor"),
                                  WORDMILL_KNOWN(destroy_data, "cudnnDestroyRNNDataDescriptor"),
                                  WORDMILL_KNOWN(set_data, "cudnnSetRNNDataDescriptor"),
                                  WORDMILL_KNOWN(create_rnn, "cudnnCreateRNNDescriptor"),
                                  WORDMILL_KNOWN(destroy_rnn, "cudnnDestroyRNNDescriptor"),
                                  WORDMILL_KNOWN(set_rnn, "cudnnSetRNNDescriptor_v8"),
                                  WORDMILL_KNOWN(build_dynamic, "cudnnBuildRNNDynamic"),
                                  WORDMILL_KNOWN(weight_bytes, "cudnnGetRNNWeightSpaceSize"),
                                  WORDMILL_KNOWN(weights_at, "cudnnGetRNNWeightParams"),
                                  WORDMILL_KNOWN(space_bytes, "cudnnGetRNNTempSpaceSizes"),
                                  WORDMILL_KNOWN(forward, "cudnnRNNForward"),
                                  WORDMILL_KNOWN(backward_data, "cudnnRNNBackwardData_v8"),
                                  WORDMILL_KNOWN(backward_weights, "cudnnRNNBackwardWeights_v8")};
#undef WORDMILL_KNOWN
    for (auto const& known : all)
        if (std::strcmp(known.name, name) == 0) return known.function;
    return nullptr;
}
