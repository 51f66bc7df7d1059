module;
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.training;
import :checkpoint;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.safetensors;

namespace wordmill {
void saved_tensors::add(std::string name, std::uint64_t rows, std::uint64_t columns, std::vector<float> values) {
    values_.push_back(std::move(values));
    tensors_.push_back({.name = std::move(name), .shape = {rows, columns}});
}

void saved_tensors::add(parameter_set<float>& parameters) {
    for (auto& p : parameters) add(p.name(), p.rows(), p.columns(), p.host_values());
}

void saved_tensors::add(parameter_set<float>& parameters, optimizer<float>& of, note_map& notes) {
    add(parameters);
    for (auto const& m : of.moments()) {
        add("optimizer." + m.name, m.values.rows, m.values.columns, on_host(*parameters.ops(), m.values));
    }
    notes["steps"] = std::to_string(of.steps());
    notes["rate"] = format_exact(of.learning_rate());
}

std::span<named_tensor const> saved_tensors::all() {
    for (std::size_t i = 0; i < tensors_.size(); ++i) tensors_[i].values = values_[i];
    return tensors_;
}

loaded_tensors load_checkpoint_tensors(std::string const& path) {
    auto from = load_tensors(path);
    if (!from.checked)
        throw error(failure::bad_data, "checkpoint: expected one with a checksum, found none", {.file = from.file});
    return from;
}

std::span<float const> matrix_in(loaded_tensors const& from, std::string const& name, std::uint64_t rows,
                                 std::uint64_t columns) {
    std::uint64_t const shape[] = {rows, columns};
    return from.at(name, shape);
}

void restore(parameter_set<float>& parameters, loaded_tensors const& from) {
    for (auto& p : parameters) p.assign(matrix_in(from, p.name(), p.rows(), p.columns()));
}

void restore(parameter_set<float>& parameters, optimizer<float>& of, loaded_tensors const& from, note_map& notes) {
    auto const steps = taken_number<std::uint64_t>(notes, "steps", from.file);
    auto const rate = taken_number<double>(notes, "rate", from.file);
    restore(parameters, from);
    for (auto const& m : of.moments())
        parameters.ops()->queue()->upload(matrix_in(from, "optimizer." + m.name, m.values.rows, m.values.columns),
                                          m.values);
    of.set_steps(steps);
    of.set_learning_rate(rate);
}

namespace {
/// Calls a part of an update, whose errors then name the step and the learning rate.
template <class Part> auto in_update(optimizer<float>& of, Part part) {
    try {
        return part();
    } catch (error const& e) {
        throw error(e.kind(),
                    "training, step " + std::to_string(of.steps() + 1) + " at a learning rate of "
                        + format_exact(of.learning_rate()) + ": " + e.what(),
                    {}, "begin with a smaller learning rate");
    }
}
}

double update(optimizer<float>& of, deferred<loss_sum> const& loss) {
    loss.request(); // the wait for the norm is then one for the loss, too
    return in_update(of, [&] {
        of.step(loss.source());
        return of.norm();
    });
}

step_outcome update_step(optimizer<float>& of, compute_queue& queue, std::uint64_t shape,
                         std::function<deferred<loss_sum>()> const& gradients) {
    std::optional<deferred<loss_sum>> loss;
    queue.run_step(shape, [&] {
        loss = gradients();
        loss->request();
        in_update(of, [&] { of.step(loss->source()); });
    });
    auto const norm = in_update(of, [&] { return of.norm(); });
    return {loss->wait(), norm};
}
}
