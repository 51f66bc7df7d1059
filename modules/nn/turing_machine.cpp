module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :operations;
import :parameters;
import :recurrent;
import :shapes;
import :tensor;
import :turing_machine;

namespace wordmill {
namespace {
[[nodiscard]] std::size_t gates_of(machine_controller controller) noexcept {
    return controller == machine_controller::lstm ? gates_of(recurrent_cell::lstm) : 1;
}
[[nodiscard]] std::size_t controller_inputs(turing_machine_options const& o) noexcept {
    return o.inputs + o.read_heads * o.width;
}
void check(turing_machine_options const& o) {
    for (auto const& [name, size] : {std::pair{"inputs", o.inputs},
                                     {"hidden units", o.hidden},
                                     {"slots", o.slots},
                                     {"width", o.width},
                                     {"read heads", o.read_heads},
                                     {"write heads", o.write_heads}})
        if (size == 0) refuse({"turing machine", {}, name}, "1 or more", "0");
    if (o.reach > (o.slots - 1) / 2)
        refuse({"turing machine", {}, "reach"},
               "at most " + std::to_string((o.slots - 1) / 2) + " in a memory of " + std::to_string(o.slots) + " slots",
               std::to_string(o.reach));
}
}

template <class T> turing_machine_parameters<T>
add_turing_machine(turing_machine_options const& o, std::string const& name, parameter_set<T>& set, random_key key) {
    check(o);
    std::uint64_t stream = 0;
    auto const drawn = [&](char const* part, std::size_t rows, std::size_t columns, std::size_t terms) {
        auto& p = set.add(name + part, rows, columns);
        fill_normal(p, key.fold_in(stream++), 1 / std::sqrt(static_cast<double>(terms)));
        return &p;
    };
    auto const is_lstm = o.controller == machine_controller::lstm;
    auto const inputs = controller_inputs(o), gates = gates_of(o.controller) * o.hidden;
    auto const terms = inputs + (is_lstm ? o.hidden : 0);
    auto* const input = drawn(".input", inputs, gates, terms);
    auto* const hidden = is_lstm ? drawn(".hidden", o.hidden, gates, terms) : nullptr;
    auto& bias = set.add(name + ".bias", 1, gates);
    if (is_lstm) set.ops()->fill(columns_of(bias.values(), o.hidden, o.hidden), 1);
    auto* const heads = drawn(".heads", o.hidden, o.head_arguments(), o.hidden);
    auto& head_bias = set.add(name + ".head_bias", 1, o.head_arguments());
    auto& memory = set.add(name + ".memory", o.slots, o.width);
    set.ops()->fill(memory.values(), static_cast<T>(1e-6));
    auto* const weightings = drawn(".weightings", o.heads(), o.slots, o.slots);
    set.ops()->fill(columns_of(weightings->values(), o.slots / 2, 1),
                    static_cast<T>(std::log(20 * static_cast<double>(o.slots))));
    auto* const reads = drawn(".reads", o.read_heads, o.width, o.width);
    return {*input, hidden, bias, *heads, head_bias, memory, *weightings, *reads};
}

/// What a step reads and writes.
template <class T> struct turing_machine<T>::step_rows {
    device_view<T> input;  ///< [B, D + R M]
    device_view<T> reads;  ///< [B, R M]
    device_view<T> hidden; ///< [B, H]
    device_view<T> arguments;
    device_view<T> memory; ///< [N B, M], before the step
    addressing_step<T> addressing;
    writing_step<T> writing;
};

template <class T>
turing_machine<T>::turing_machine(turing_machine_options const& o, turing_machine_parameters<T> const& p)
    : options_(o),
      parameters_(p),
      ops_(p.input.ops()),
      slot_numbers_(ops_->queue()),
      first_weightings_(ops_),
      first_reads_(ops_),
      inputs_(ops_),
      y_(ops_),
      arguments_(ops_),
      similarities_(ops_),
      weightings_(ops_),
      memories_(ops_),
      added_(ops_),
      d_arguments_(ops_),
      d_controlled_(ops_),
      d_x_(ops_),
      d_hidden_(ops_),
      d_inputs_(ops_),
      d_reads_(ops_),
      d_weightings_(ops_),
      d_memory_(ops_),
      d_first_(ops_) {
    check(o);
    auto const fits = [](parameter<T> const& of, std::size_t rows, std::size_t columns) {
        check_shape({"turing machine", of.name()}, of.rows(), of.columns(), rows, columns);
    };
    auto const gates = gates_of(o.controller) * o.hidden;
    fits(p.input, controller_inputs(o), gates);
    fits(p.bias, 1, gates);
    fits(p.heads, o.hidden, o.head_arguments());
    fits(p.head_bias, 1, o.head_arguments());
    fits(p.memory, o.slots, o.width);
    fits(p.weightings, o.heads(), o.slots);
    fits(p.reads, o.read_heads, o.width);
    auto const is_lstm = o.controller == machine_controller::lstm;
    if (is_lstm != (p.hidden != nullptr))
        refuse({"turing machine", {}, "hidden weights of the controller"}, is_lstm ? "some" : "none",
               is_lstm ? "none" : p.hidden->name());
    if (!is_lstm) return;
    fits(*p.hidden, o.hidden, gates);
    lstm_.emplace(recurrent_options{}, recurrent_parameters<T>{p.input, *p.hidden, p.bias});
}

/// Writes row h of `from` [heads, n] to columns h n .. of every row of `to` [B, heads n].
template <class T> void turing_machine<T>::spread(device_view<T const> from, device_view<T> to) {
    ops_->fill(to, 0);
    for (std::size_t h = 0; h < from.rows; ++h)
        ops_->add_row(rows_of(from, h, 1), columns_of(to, h * from.columns, from.columns));
}
/// The backward pass of `spread`.
template <class T> void turing_machine<T>::sum_lanes(device_view<T const> d, device_view<T> to) {
    for (std::size_t h = 0; h < to.rows; ++h)
        ops_->sum_rows(columns_of(d, h * to.columns, to.columns), 0, rows_of(to, h, 1));
}
template <class T> void turing_machine<T>::add_gradient(parameter<T>& p, device_view<T const> d) {
    auto const to = p.add_dense();
    if (to.beta == 0)
        ops_->copy(d, to.gradient);
    else
        ops_->add(d, 1, to.gradient);
}

template <class T> void turing_machine<T>::start(device_view<T const> x, std::size_t lanes) {
    auto const& o = options_;
    steps_ = x.rows / lanes;
    if (lanes != lanes_) {
        auto& numbers = slot_numbers_.host();
        numbers.clear();
        for (std::size_t r = 0; r < o.slots * lanes; ++r) numbers.push_back(id_at(r / lanes));
        (void)slot_numbers_.upload();
    }
    lanes_ = lanes;
    auto const rows = x.rows, slots = o.heads() * o.slots;
    auto const inputs = inputs_.resize(rows + lanes, controller_inputs(o));
    ops_->copy(x, columns_of(rows_of(inputs, 0, rows), 0, o.inputs));
    (void)y_.resize(rows, o.hidden + o.read_heads * o.width);
    (void)arguments_.resize(rows, o.head_arguments());
    (void)similarities_.resize(rows, slots);
    auto const weightings = weightings_.resize(rows + lanes, slots);
    auto const memories = memories_.resize(checked_product(steps_ + 1, o.slots * lanes), o.width);
    ops_->gather(parameters_.memory.values(), slot_numbers_.device(), rows_of(memories, 0, o.slots * lanes));
    ops_->activate(activation::softmax, parameters_.weightings.values(), first_weightings_.resize(o.heads(), o.slots));
    spread(first_weightings_.view(), rows_of(weightings, 0, lanes));
    ops_->activate(activation::tanh, parameters_.reads.values(), first_reads_.resize(o.read_heads, o.width));
    spread(first_reads_.view(), columns_of(rows_of(inputs, 0, lanes), o.inputs, o.read_heads * o.width));
    if (lstm_) lstm_->begin(steps_, lanes);
}

template <class T> typename turing_machine<T>::step_rows turing_machine<T>::rows_at(std::size_t step) noexcept {
    auto const& o = options_;
    auto const first = step * lanes_, slots = o.slots * lanes_;
    auto const addressed = o.heads() * address_size(o.width, 2 * o.reach + 1);
    auto const arguments = rows_of(arguments_.view(), first, lanes_);
    auto const weightings = rows_of(weightings_.view(), first + lanes_, lanes_);
    auto const memory = rows_of(memories_.view(), step * slots, slots);
    auto const after = rows_of(memories_.view(), (step + 1) * slots, slots);
    return {.input = rows_of(inputs_.view(), first, lanes_),
            .reads = columns_of(rows_of(inputs_.view(), first + lanes_, lanes_), o.inputs, o.read_heads * o.width),
            .hidden = columns_of(rows_of(y_.view(), first, lanes_), 0, o.hidden),
            .arguments = arguments,
            .memory = memory,
            .addressing = {.heads = o.heads(),
                           .memory = memory,
                           .arguments = columns_of(arguments, 0, addressed),
                           .before = rows_of(weightings_.view(), first, lanes_),
                           .similarities = rows_of(similarities_.view(), first, lanes_),
                           .weights = weightings},
            .writing = {.heads = o.write_heads,
                        .memory = memory,
                        .arguments = columns_of(arguments, addressed, o.write_heads * 2 * o.width),
                        .weights = columns_of(weightings, o.read_heads * o.slots, o.write_heads * o.slots),
                        .after = after}};
}

/// Computes the hidden values of a step.
template <class T> void turing_machine<T>::control(step_rows const& rows, std::size_t step) {
    if (lstm_) return ops_->copy(lstm_->forward_steps(rows.input, step), rows.hidden);
    ops_->multiply(transposed::no, rows.input, transposed::no, parameters_.input.values(), 0, rows.hidden);
    ops_->add_row(parameters_.bias.values(), rows.hidden);
    ops_->activate(activation::tanh, rows.hidden, rows.hidden);
}

template <class T> device_view<T const> turing_machine<T>::forward(device_view<T const> x, std::size_t lanes) {
    auto const& o = options_;
    check_shape({"turing machine", {}, "input"}, x, x.rows, o.inputs);
    if (lanes == 0 || x.rows == 0 || x.rows % lanes != 0)
        refuse({"turing machine", {}, "input"}, "one step or more of " + std::to_string(lanes) + " lanes",
               std::to_string(x.rows) + " rows");
    start(x, lanes);
    for (std::size_t step = 0; step < steps_; ++step) {
        auto const rows = rows_at(step);
        control(rows, step);
        ops_->multiply(transposed::no, rows.hidden, transposed::no, parameters_.heads.values(), 0, rows.arguments);
        ops_->add_row(parameters_.head_bias.values(), rows.arguments);
        ops_->address(rows.addressing);
        for (std::size_t h = 0; h < o.read_heads; ++h)
            ops_->multiply_lanes(lanes, transposed::no, columns_of(rows.addressing.weights, h * o.slots, o.slots),
                                 transposed::no, rows.memory, 1, 0, columns_of(rows.reads, h * o.width, o.width));
        ops_->write_memory(rows.writing);
    }
    ops_->copy(columns_of(rows_of(inputs_.view(), lanes, x.rows), o.inputs, o.read_heads * o.width),
               columns_of(y_.view(), o.hidden, o.read_heads * o.width));
    went_back_ = false;
    return y_.view();
}

template <class T> void turing_machine<T>::start_backward() {
    auto const& o = options_;
    auto const rows = steps_ * lanes_;
    (void)d_arguments_.resize(rows, o.head_arguments());
    (void)d_x_.resize(rows, o.inputs);
    (void)d_hidden_.resize(lanes_, o.hidden);
    if (lstm_) {
        lstm_->begin_backward();
    } else {
        (void)d_controlled_.resize(rows, o.hidden);
        (void)d_inputs_.resize(lanes_, controller_inputs(o));
    }
    ops_->fill(d_reads_.resize(lanes_, o.read_heads * o.width), 0);
    ops_->fill(d_weightings_.resize(lanes_, o.heads() * o.slots), 0);
    ops_->fill(d_memory_.resize(o.slots * lanes_, o.width), 0);
}

/// From the gradient of the hidden values to that of the controller's input, [B, D + R M].
template <class T> device_view<T const> turing_machine<T>::control_backward(step_rows const& rows, std::size_t step) {
    if (lstm_) return lstm_->backward_steps(d_hidden_.view(), step);
    auto const d = rows_of(d_controlled_.view(), step * lanes_, lanes_);
    ops_->activate_backward(activation::tanh, rows.hidden, d_hidden_.view(), d);
    ops_->multiply(transposed::no, d, transposed::yes, parameters_.input.values(), 0, d_inputs_.view());
    return d_inputs_.view();
}

template <class T> device_view<T const> turing_machine<T>::backward(device_view<T const> d_y) {
    expect(!went_back_, "turing machine: backward once after every forward");
    check_shape({"turing machine", {}, "gradient"}, d_y, y_.rows(), y_.columns());
    went_back_ = true;
    start_backward();
    auto const& o = options_;
    auto const read_size = o.read_heads * o.width;
    auto const d_weightings = d_weightings_.view(), d_memory = d_memory_.view(), d_reads = d_reads_.view();
    for (auto step = steps_; step-- > 0;) {
        auto const rows = rows_at(step);
        auto const d_step = rows_of(d_y, step * lanes_, lanes_);
        auto const d_arguments = rows_of(d_arguments_.view(), step * lanes_, lanes_);
        auto const addressed = rows.addressing.arguments.columns;
        ops_->write_memory_backward(
            rows.writing, {.memory = d_memory,
                           .arguments = columns_of(d_arguments, addressed, d_arguments.columns - addressed),
                           .weights = columns_of(d_weightings, o.read_heads * o.slots, o.write_heads * o.slots)});
        ops_->add(columns_of(d_step, o.hidden, read_size), 1, d_reads);
        for (std::size_t h = 0; h < o.read_heads; ++h) {
            auto const d_read = columns_of(d_reads, h * o.width, o.width);
            ops_->multiply_lanes(lanes_, transposed::no, d_read, transposed::yes, rows.memory, 1, 1,
                                 columns_of(d_weightings, h * o.slots, o.slots));
            ops_->multiply_lanes(lanes_, transposed::yes, columns_of(rows.addressing.weights, h * o.slots, o.slots),
                                 transposed::no, d_read, 1, 1, d_memory);
        }
        ops_->address_backward(rows.addressing, {.weights = d_weightings,
                                                 .arguments = columns_of(d_arguments, 0, addressed),
                                                 .before = d_weightings,
                                                 .memory = d_memory});
        ops_->multiply(transposed::no, d_arguments, transposed::yes, parameters_.heads.values(), 0, d_hidden_.view());
        ops_->add(columns_of(d_step, 0, o.hidden), 1, d_hidden_.view());
        auto const d_input = control_backward(rows, step);
        ops_->copy(columns_of(d_input, 0, o.inputs), rows_of(d_x_.view(), step * lanes_, lanes_));
        ops_->copy(columns_of(d_input, o.inputs, read_size), d_reads);
    }
    finish_backward();
    return d_x_.view();
}

/// Computes the gradients of the parameters but those of the LSTM, which it has added step by step.
template <class T> void turing_machine<T>::finish_backward() {
    auto const& o = options_;
    auto& p = parameters_;
    auto const product = [&](device_view<T const> x, device_view<T const> d, parameter<T>& weights,
                             parameter<T>& bias) {
        auto const to = weights.add_dense();
        ops_->multiply(transposed::yes, x, transposed::no, d, to.beta, to.gradient);
        auto const sum = bias.add_dense();
        ops_->sum_rows(d, sum.beta, sum.gradient);
    };
    product(columns_of(std::as_const(y_).view(), 0, o.hidden), d_arguments_.view(), p.heads, p.head_bias);
    if (!lstm_)
        product(rows_of(std::as_const(inputs_).view(), 0, steps_ * lanes_), d_controlled_.view(), p.input, p.bias);
    auto const memory = p.memory.add_dense();
    if (memory.beta == 0) ops_->fill(memory.gradient, 0);
    ops_->scatter_add(d_memory_.view(), slot_numbers_.device(), memory.gradient);
    auto const first = [&](device_view<T const> d, activation f, tensor<T> const& values, parameter<T>& of) {
        auto const d_first = d_first_.resize(of.rows(), of.columns());
        sum_lanes(d, d_first);
        ops_->activate_backward(f, values.view(), d_first, d_first);
        add_gradient(of, d_first);
    };
    first(d_weightings_.view(), activation::softmax, first_weightings_, p.weightings);
    first(d_reads_.view(), activation::tanh, first_reads_, p.reads);
}

template <class T> device_view<T const> turing_machine<T>::weightings() const noexcept {
    return rows_of(weightings_.view(), lanes_, steps_ * lanes_);
}
template <class T> device_view<T const> turing_machine<T>::added() {
    auto const& o = options_;
    auto const added = added_.resize(steps_ * lanes_, o.write_heads * o.width);
    auto const first = arguments_.columns() - o.write_heads * 2 * o.width;
    for (std::size_t h = 0; h < o.write_heads; ++h)
        ops_->activate(activation::tanh, columns_of(arguments_.view(), first + (2 * h + 1) * o.width, o.width),
                       columns_of(added, h * o.width, o.width));
    return added;
}
template <class T> device_view<T const> turing_machine<T>::memory() const noexcept {
    auto const rows = options_.slots * lanes_;
    return rows_of(memories_.view(), steps_ * rows, rows);
}

template turing_machine_parameters<float> add_turing_machine(turing_machine_options const&, std::string const&,
                                                             parameter_set<float>&, random_key);
template turing_machine_parameters<double> add_turing_machine(turing_machine_options const&, std::string const&,
                                                              parameter_set<double>&, random_key);
template class turing_machine<float>;
template class turing_machine<double>;
}
