#include "library.hpp"
#include "nn_kernels.hpp"
#include "recurrent_library.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include <climits>
#include <cstdio>
#include <map>
#include <utility>
#include <vector>
#if __has_include(<cudnn.h>)
#include <cudnn.h>
#endif

namespace wordmill::cuda {
#if __has_include(<cudnn.h>)
namespace {
/// Whether two functions are called in the same way: pointers are pointers, and enumerations have the size of an int.
template <class A, class B> inline constexpr bool same_value =
    std::is_same_v<A, B> || (std::is_pointer_v<A> && std::is_pointer_v<B>)
    || (std::is_integral_v<A> && std::is_enum_v<B> && sizeof(A) == sizeof(B));
template <class Ours, class Theirs> inline constexpr bool same_calls = false;
template <class R, class... P, class S, class... Q>
    requires(sizeof...(P) == sizeof...(Q))
inline constexpr bool same_calls<R (*)(P...), S (*)(Q...)> = same_value<R, S> && (same_value<P, Q> && ...);

#define WORDMILL_SAME(ours, theirs) static_assert(same_calls<decltype(dnn::functions::ours), decltype(&theirs)>)
WORDMILL_SAME(create, cudnnCreate);
WORDMILL_SAME(destroy, cudnnDestroy);
WORDMILL_SAME(set_stream, cudnnSetStream);
WORDMILL_SAME(text_of, cudnnGetErrorString);
WORDMILL_SAME(create_tensor, cudnnCreateTensorDescriptor);
WORDMILL_SAME(destroy_tensor, cudnnDestroyTensorDescriptor);
WORDMILL_SAME(set_tensor, cudnnSetTensorNdDescriptor);
WORDMILL_SAME(create_dropout, cudnnCreateDropoutDescriptor);
WORDMILL_SAME(destroy_dropout, cudnnDestroyDropoutDescriptor);
WORDMILL_SAME(set_dropout, cudnnSetDropoutDescriptor);
WORDMILL_SAME(create_data, cudnnCreateRNNDataDescriptor);
WORDMILL_SAME(destroy_data, cudnnDestroyRNNDataDescriptor);
WORDMILL_SAME(set_data, cudnnSetRNNDataDescriptor);
WORDMILL_SAME(create_rnn, cudnnCreateRNNDescriptor);
WORDMILL_SAME(destroy_rnn, cudnnDestroyRNNDescriptor);
WORDMILL_SAME(set_rnn, cudnnSetRNNDescriptor_v8);
WORDMILL_SAME(build_dynamic, cudnnBuildRNNDynamic);
WORDMILL_SAME(weight_bytes, cudnnGetRNNWeightSpaceSize);
WORDMILL_SAME(weights_at, cudnnGetRNNWeightParams);
WORDMILL_SAME(space_bytes, cudnnGetRNNTempSpaceSizes);
WORDMILL_SAME(forward, cudnnRNNForward);
WORDMILL_SAME(backward_data, cudnnRNNBackwardData_v8);
WORDMILL_SAME(backward_weights, cudnnRNNBackwardWeights_v8);
#undef WORDMILL_SAME
static_assert(dnn::success == CUDNN_STATUS_SUCCESS && dnn::not_supported == CUDNN_STATUS_NOT_SUPPORTED
              && dnn::of_floats == CUDNN_DATA_FLOAT && dnn::default_math == CUDNN_DEFAULT_MATH
              && dnn::fma_math == CUDNN_FMA_MATH && dnn::standard == CUDNN_RNN_ALGO_STANDARD
              && dnn::persist_static == CUDNN_RNN_ALGO_PERSIST_STATIC
              && dnn::persist_dynamic == CUDNN_RNN_ALGO_PERSIST_DYNAMIC
              && dnn::small_h == CUDNN_RNN_ALGO_PERSIST_STATIC_SMALL_H && dnn::tanh_cell == CUDNN_RNN_TANH
              && dnn::lstm_cell == CUDNN_LSTM && dnn::single_input_bias == CUDNN_RNN_SINGLE_INP_BIAS
              && dnn::unidirectional == CUDNN_UNIDIRECTIONAL && dnn::linear_input == CUDNN_LINEAR_INPUT
              && dnn::packed_steps == CUDNN_RNN_DATA_LAYOUT_SEQ_MAJOR_PACKED && dnn::training == CUDNN_FWD_MODE_TRAINING
              && dnn::adds_gradients == CUDNN_WGRAD_MODE_ADD);
}
#endif

dnn::functions const& dnn::all() {
    static functions const loaded = [] {
        void* const library = load_library(library_name);
        functions f{};
        auto const find = [&]<class Function>(Function& function, char const* name) {
            function = reinterpret_cast<Function>(find_function(library, library_name, name));
        };
        find(f.create, "cudnnCreate");
        find(f.destroy, "cudnnDestroy");
        find(f.set_stream, "cudnnSetStream");
        find(f.text_of, "cudnnGetErrorString");
        find(f.create_tensor, "cudnnCreateTensorDescriptor");
        find(f.destroy_tensor, "cudnnDestroyTensorDescriptor");
        find(f.set_tensor, "cudnnSetTensorNdDescriptor");
        find(f.create_dropout, "cudnnCreateDropoutDescriptor");
        find(f.destroy_dropout, "cudnnDestroyDropoutDescriptor");
        find(f.set_dropout, "cudnnSetDropoutDescriptor");
        find(f.create_data, "cudnnCreateRNNDataDescriptor");
        find(f.destroy_data, "cudnnDestroyRNNDataDescriptor");
        find(f.set_data, "cudnnSetRNNDataDescriptor");
        find(f.create_rnn, "cudnnCreateRNNDescriptor");
        find(f.destroy_rnn, "cudnnDestroyRNNDescriptor");
        find(f.set_rnn, "cudnnSetRNNDescriptor_v8");
        find(f.build_dynamic, "cudnnBuildRNNDynamic");
        find(f.weight_bytes, "cudnnGetRNNWeightSpaceSize");
        find(f.weights_at, "cudnnGetRNNWeightParams");
        find(f.space_bytes, "cudnnGetRNNTempSpaceSizes");
        find(f.forward, "cudnnRNNForward");
        find(f.backward_data, "cudnnRNNBackwardData_v8");
        find(f.backward_weights, "cudnnRNNBackwardWeights_v8");
        return f;
    }();
    return loaded;
}

namespace {
void check_dnn(int status, char const* what, std::source_location where = std::source_location::current()) {
    if (status == dnn::success) return;
    char text[256];
    std::snprintf(text, sizeof text, "cuDNN: %s: %s, at %s:%u", what, dnn::all().text_of(status), file_of(where),
                  static_cast<unsigned>(where.line()));
    throw cuda_error(cudaErrorUnknown, text);
}

/// A handle or descriptor.
class owned {
public:
    owned(int (*create)(dnn::object*), int (*destroy)(dnn::object)) : destroy_(destroy) {
        check_dnn(create(&object_), "descriptor");
    }
    owned(owned const&) = delete;
    owned& operator=(owned const&) = delete;
    ~owned() { (void)destroy_(object_); }
    [[nodiscard]] operator dnn::object() const noexcept { return object_; }

private:
    dnn::object object_ = nullptr;
    int (*destroy_)(dnn::object);
};

constexpr std::size_t most_gates = 4;
/// Where the parts of each gate begin in cuDNN's weights, in floats.
struct gate_places {
    std::size_t at[most_gates];
};
/// Our weights [rows, gates H] and cuDNN's matrices [H, rows], one for each gate. The order of gates is the same.
struct packing {
    float_matrix ours;
    float* theirs;
    gate_places gates;
    std::size_t units;
    [[nodiscard]] __device__ float& place(std::size_t r, std::size_t c) const {
        return theirs[gates.at[c / units] + c % units * ours.rows + r];
    }
    __device__ void operator()(std::size_t r, std::size_t c) const { place(r, c) = value_at(ours, r, c); }
};
struct unpacking {
    packing p;
    float beta;
    __device__ void operator()(std::size_t r, std::size_t c) const {
        auto& to = value_at(p.ours, r, c);
        to = (beta == 0 ? 0.0F : beta * to) + p.place(r, c);
    }
};

struct layer_shape {
    recurrent_cell cell;
    std::size_t steps, lanes, inputs, units;
    auto operator<=>(layer_shape const&) const = default;
};
layer_shape shape_of(recurrent_layer const& layer) {
    return {layer.cell, layer.x.rows / layer.lanes, layer.lanes, layer.x.columns, layer.hidden.columns};
}
bool is_packed(float_input x) { return x.data == nullptr || x.stride == x.columns; }
bool is_for_library(recurrent_layer const& layer) {
    auto const s = shape_of(layer);
    bool const fits = std::max({s.steps, s.lanes, s.inputs, s.units}) <= INT_MAX;
    return s.cell != recurrent_cell::gru && s.steps > 1 && fits && layer.lengths.data == nullptr && is_packed(layer.x)
           && is_packed(layer.hidden) && is_packed(layer.cells);
}

/// An algorithm of cuDNN for a shape. Throws cuda_error when there is none.
class library_plan {
public:
    library_plan(dnn::object handle, queue& q, layer_shape const& s, int algorithm, product_precision products)
        : shape_(s) {
        auto const number = [](std::size_t x) { return static_cast<std::int32_t>(x); };
        auto const& f = dnn::all();
        check_dnn(f.set_dropout(dropout_, handle, 0, nullptr, 0, 0), "dropout");
        check_dnn(f.set_rnn(rnn_, algorithm, s.cell == recurrent_cell::lstm ? dnn::lstm_cell : dnn::tanh_cell,
                            dnn::single_input_bias, dnn::unidirectional, dnn::linear_input, dnn::of_floats,
                            dnn::of_floats, products == product_precision::fp32 ? dnn::fma_math : dnn::default_math,
                            number(s.inputs), number(s.units), number(s.units), 1, dropout_, 0),
                  "recurrent layer");
        if (algorithm == dnn::persist_dynamic) check_dnn(f.build_dynamic(handle, rnn_, number(s.lanes)), "plan");
        std::vector<int> const lengths(s.lanes, number(s.steps));
        auto const set = [&](dnn::object data, std::size_t size) {
            check_dnn(f.set_data(data, dnn::of_floats, dnn::packed_steps, number(s.steps), number(s.lanes),
                                 number(size), lengths.data(), nullptr),
                      "values of a layer");
        };
        set(x_, s.inputs);
        set(y_, s.units);
        int const sizes[] = {1, number(s.lanes), number(s.units)}, strides[] = {sizes[1] * sizes[2], sizes[2], 1};
        check_dnn(f.set_tensor(state_, dnn::of_floats, 3, sizes, strides), "state");
        check_dnn(f.weight_bytes(handle, rnn_, &weight_bytes_), "size of weights");
        check_dnn(f.space_bytes(handle, rnn_, dnn::training, x_, &work_bytes_, &reserve_bytes_), "size of memory");
        find_weights(handle, q);
    }

    /// Floats: cuDNN's values for the way back, then the weights as it wants them.
    [[nodiscard]] std::size_t reserve() const { return weights_from() + (weight_bytes_ + 3) / sizeof(float); }

    void forward(dnn::object handle, nn_device& nn, recurrent_layer const& layer) const {
        auto* const weights = layer.reserve.data + weights_from();
        queue_on(nn, "recurrent layer", [&](queue& q) {
            for_parts(layer.weights, weights,
                      [&](packing const& p) { for_places(nn, "recurrent layer", p.ours.rows, p.ours.columns, p); });
            scratch<char> work(q, work_bytes_);
            auto const after = layer.lanes * shape_.units; // values of a state
            auto* const last = layer.cells.data == nullptr ? nullptr : layer.cells.data + shape_.steps * after;
            check_dnn(dnn::all().forward(handle, rnn_, dnn::training, nullptr, x_, layer.x.data, y_,
                                         layer.hidden.data + after, state_, layer.hidden.data, nullptr, state_,
                                         layer.cells.data, last, weight_bytes_, weights, work_bytes_, work.data(),
                                         reserve_bytes_, layer.reserve.data),
                      "recurrent layer");
        });
    }
    void backward(dnn::object handle, nn_device& nn, recurrent_layer const& layer,
                  recurrent_layer_gradients const& d) const {
        auto const* const weights = layer.reserve.data + weights_from();
        auto const& f = dnn::all();
        queue_on(nn, "recurrent layer", [&](queue& q) {
            bool const has_cells = layer.cells.data != nullptr;
            bool const in_place = d.x.data != nullptr && is_packed(d.x);
            auto const count = layer.lanes * shape_.units; // values of a state
            auto const copied = [](float_input x, std::size_t values) {
                return x.data != nullptr && is_packed(x) ? 0 : values;
            };
            scratch<char> work(q, work_bytes_), d_weights(q, weight_bytes_);
            scratch<float> d_y(q, copied(d.hidden, layer.x.rows * shape_.units)), d_last(q, copied(d.state, count)),
                d_last_cells(q, has_cells ? copied(d.cells, count) : 0);
            scratch<float> d_first(q, count), d_first_cells(q, has_cells ? count : 0);
            scratch<float> d_x(q, in_place ? 0 : layer.x.rows * layer.x.columns);
            auto const* const given = packed(nn, d.hidden, layer.x.rows, d_y.data());
            auto const* const of_state = packed(nn, d.state, layer.lanes, d_last.data());
            auto const* const of_cells = has_cells ? packed(nn, d.cells, layer.lanes, d_last_cells.data()) : nullptr;
            auto const* const y = layer.hidden.data + count;
            check_dnn(f.backward_data(handle, rnn_, nullptr, y_, y, given, x_, in_place ? d.x.data : d_x.data(), state_,
                                      layer.hidden.data, of_state, d_first.data(), state_, layer.cells.data, of_cells,
                                      d_first_cells.data(), weight_bytes_, weights, work_bytes_, work.data(),
                                      reserve_bytes_, layer.reserve.data),
                      "recurrent layer");
            check(cudaMemsetAsync(d_weights.data(), 0, weight_bytes_, q.stream()), "recurrent layer");
            check_dnn(f.backward_weights(handle, rnn_, dnn::adds_gradients, nullptr, x_, layer.x.data, state_,
                                         layer.hidden.data, y_, y, weight_bytes_, d_weights.data(), work_bytes_,
                                         work.data(), reserve_bytes_, layer.reserve.data),
                      "recurrent layer");
            for_parts(d.weights, reinterpret_cast<float*>(d_weights.data()), [&](packing const& p) {
                for_places(nn, "recurrent layer", p.ours.rows, p.ours.columns, unpacking{p, d.beta});
            });
            auto const units = shape_.units;
            copy(nn, {d_first.data(), layer.lanes, units, units}, d.state);
            if (has_cells) copy(nn, {d_first_cells.data(), layer.lanes, units, units}, d.cells);
            if (d.x.data != nullptr && !in_place) copy(nn, {d_x.data(), d.x.rows, d.x.columns, d.x.columns}, d.x);
        });
    }

private:
    [[nodiscard]] std::size_t weights_from() const { return (reserve_bytes_ + 255) / 256 * 256 / sizeof(float); }
    [[nodiscard]] std::size_t gates() const { return shape_.cell == recurrent_cell::lstm ? 4 : 1; }

    void find_weights(dnn::object handle, queue& q) {
        auto const& f = dnn::all();
        owned matrix(f.create_tensor, f.destroy_tensor), bias(f.create_tensor, f.destroy_tensor);
        array<char> space(q, weight_bytes_);
        auto const from = [&](void* at) {
            return static_cast<std::size_t>(static_cast<char*>(at) - space.data()) / sizeof(float);
        };
        for (std::size_t g = 0; g < gates(); ++g)
            for (bool const is_hidden : {false, true}) {
                void *matrix_at = nullptr, *bias_at = nullptr;
                check_dnn(f.weights_at(handle, rnn_, 0, weight_bytes_, space.data(),
                                       static_cast<std::int32_t>(is_hidden ? gates() + g : g), matrix, &matrix_at, bias,
                                       &bias_at),
                          "places of weights");
                (is_hidden ? hidden_ : input_).at[g] = from(matrix_at);
                if (!is_hidden) bias_.at[g] = from(bias_at);
            }
    }
    template <class F> void for_parts(recurrent_weights const& ours, float* theirs, F f) const {
        f(packing{ours.input, theirs, input_, shape_.units});
        f(packing{ours.hidden, theirs, hidden_, shape_.units});
        f(packing{ours.bias, theirs, bias_, shape_.units});
    }
    /// Values [rows, H] without gaps: `x`, or a copy of it in `memory`, or zeros there if there is no x.
    float const* packed(nn_device& nn, float_input x, std::size_t rows, float* memory) const {
        if (memory == nullptr) return x.data;
        float_matrix const all{memory, rows, shape_.units, shape_.units};
        x.data == nullptr ? fill(nn, all, 0) : copy(nn, x, all);
        return memory;
    }

    layer_shape shape_;
    owned dropout_{dnn::all().create_dropout, dnn::all().destroy_dropout};
    owned rnn_{dnn::all().create_rnn, dnn::all().destroy_rnn};
    owned x_{dnn::all().create_data, dnn::all().destroy_data};
    owned y_{dnn::all().create_data, dnn::all().destroy_data};
    owned state_{dnn::all().create_tensor, dnn::all().destroy_tensor};
    std::size_t weight_bytes_ = 0, work_bytes_ = 0, reserve_bytes_ = 0;
    gate_places input_{}, hidden_{}, bias_{};
};

class timing_event {
public:
    timing_event() { check(cudaEventCreate(&event_), "event"); }
    timing_event(timing_event const&) = delete;
    timing_event& operator=(timing_event const&) = delete;
    ~timing_event() { (void)cudaEventDestroy(event_); }
    [[nodiscard]] operator cudaEvent_t() const noexcept { return event_; }

private:
    cudaEvent_t event_ = nullptr;
};
/// The mean of three runs after one to warm up, in microseconds.
template <class Work> float time_of(queue& q, Work work) {
    constexpr int runs = 3;
    timing_event begin, end;
    work();
    check(cudaEventRecord(begin, q.stream()), "event");
    for (int i = 0; i < runs; ++i) work();
    check(cudaEventRecord(end, q.stream()), "event");
    check(cudaEventSynchronize(end), "work of the device");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin, end), "event");
    return milliseconds * 1000 / runs;
}

/// Whether work can be part of the graph of a step. It was done before, so it allocates nothing.
template <class Work> bool can_be_captured(queue& q, Work work) {
    bool captured = true;
    check(cudaStreamBeginCapture(q.stream(), cudaStreamCaptureModeRelaxed), "graph of a layer");
    try {
        work();
    } catch (cuda_error const&) {
        captured = false;
    }
    cudaGraph_t graph = nullptr;
    captured = cudaStreamEndCapture(q.stream(), &graph) == cudaSuccess && captured;
    if (graph != nullptr) (void)cudaGraphDestroy(graph);
    (void)cudaGetLastError();
    return captured;
}

/// Memory for the gradients of a layer that is timed.
struct trial_gradients {
    trial_gradients(queue& q, recurrent_layer const& layer)
        : lanes(layer.lanes),
          units(layer.hidden.columns),
          rows(layer.x.rows),
          inputs(layer.x.columns),
          width(layer.gates.columns),
          memory(q, 2 * lanes * units + rows * inputs + (inputs + units + 1) * width) {
        check(cudaMemsetAsync(memory.data(), 0, memory.size() * sizeof(float), q.stream()), "recurrent layer");
    }
    [[nodiscard]] recurrent_layer_gradients of(recurrent_layer const& layer) const {
        auto* next = memory.data();
        auto const take = [&](std::size_t r, std::size_t c) {
            return float_matrix{std::exchange(next, next + r * c), r, c, c};
        };
        auto const state = take(lanes, units), cells = take(lanes, units), x = take(rows, inputs);
        auto const input = take(inputs, width), hidden = take(units, width), bias = take(1, width);
        return {.hidden = {layer.hidden.data, rows, units, units}, // any values
                .state = state,
                .cells = layer.cells.data == nullptr ? float_matrix() : cells,
                .x = x,
                .weights = {input, hidden, bias},
                .beta = 0};
    }
    std::size_t lanes, units, rows, inputs, width;
    array<float> memory;
};

struct named_algorithm {
    char const* name;
    int algorithm;
};
// Of two that are equally fast, the first.
constexpr named_algorithm algorithms[] = {{"cuDNN, persist static", dnn::persist_static},
                                          {"cuDNN, persist dynamic", dnn::persist_dynamic},
                                          {"cuDNN, small H", dnn::small_h},
                                          {"cuDNN, standard", dnn::standard}};
static_assert(std::size(algorithms) + 1 == recurrent_plan_times::most);

struct chosen_plan {
    std::unique_ptr<library_plan> library; ///< null: our kernels
    recurrent_plan_times times{};
};
}

struct recurrent_library::state {
    queue& work;
    product_precision products;
    owned handle{dnn::all().create, dnn::all().destroy};
    std::map<layer_shape, chosen_plan> plans{};

    /// Null if there is not enough memory to try.
    std::unique_ptr<trial_gradients> trial_memory(recurrent_layer const& layer) {
        try {
            return std::make_unique<trial_gradients>(work, layer);
        } catch (cuda_error const& e) {
            if (!e.out_of_memory()) throw;
            return nullptr;
        }
    }
    chosen_plan choose(nn_device& nn, recurrent_layer const& layer) {
        chosen_plan out;
        auto const note = [&](char const* name, float time) {
            out.times.of[out.times.count++] = {name, time};
            bool const best = out.times.count == 1 || time < out.times.of[out.times.chosen].microseconds;
            if (best) out.times.chosen = out.times.count - 1;
            return best;
        };
        work.leave_graph();
        auto const memory = trial_memory(layer);
        if (memory == nullptr) return out;
        auto const d = memory->of(layer);
        for (auto const& [name, algorithm] : algorithms) try {
                auto plan = std::make_unique<library_plan>(handle, work, shape_of(layer), algorithm, products);
                array<float> const reserve(work, plan->reserve());
                auto tried = layer;
                tried.reserve = {reserve.data(), reserve.size()};
                auto const run = [&] {
                    plan->forward(handle, nn, tried);
                    plan->backward(handle, nn, tried, d);
                };
                auto const time = time_of(work, run);
                if (can_be_captured(work, run) && note(name, time)) out.library = std::move(plan);
            } catch (cuda_error const&) {
                // cuDNN has no such plan for this shape, or not the memory for it
            }
        auto const time = time_of(work, [&] {
            recurrent_forward_by_kernels(nn, layer);
            recurrent_backward_by_kernels(nn, layer, d);
        });
        if (note("kernels", time)) out.library = nullptr;
        return out;
    }
    chosen_plan const& plan_of(nn_device& nn, recurrent_layer const& layer) {
        auto const found = plans.find(shape_of(layer));
        if (found != plans.end()) return found->second;
        return plans.emplace(shape_of(layer), choose(nn, layer)).first->second;
    }
};

recurrent_library::recurrent_library(queue& q, product_precision products) {
    current_device const scope(q.device());
    state_ = std::unique_ptr<state>(new state{q, products});
    check_dnn(dnn::all().set_stream(state_->handle, q.stream()), "stream");
}
recurrent_library::~recurrent_library() = default;

std::size_t recurrent_library::reserve_of(nn_device& nn, recurrent_layer const& layer) {
    if (!is_for_library(layer)) return 0;
    auto const& plan = state_->plan_of(nn, layer);
    return plan.library == nullptr ? 0 : plan.library->reserve();
}
recurrent_plan_times recurrent_library::times_of(nn_device& nn, recurrent_layer const& layer) {
    return is_for_library(layer) ? state_->plan_of(nn, layer).times : recurrent_plan_times{};
}
void recurrent_library::forward(nn_device& nn, recurrent_layer const& layer) {
    state_->plan_of(nn, layer).library->forward(state_->handle, nn, layer);
}
void recurrent_library::backward(nn_device& nn, recurrent_layer const& layer, recurrent_layer_gradients const& d) {
    state_->plan_of(nn, layer).library->backward(state_->handle, nn, layer, d);
}
}
