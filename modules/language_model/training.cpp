module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.safetensors;
import :model;
import :model_file;
import :model_tensors;
import :training;

namespace wordmill {
namespace {
template <class T> T taken(model_notes& notes, std::string const& key, std::string const& file) {
    T value{};
    auto const found = notes.find(key);
    if (found != notes.end()) {
        auto const text = found->second;
        notes.erase(found);
        auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (problem == std::errc{} && end == text.data() + text.size()) return value;
    }
    throw error(failure::bad_data, "checkpoint: expected a number as its note '" + key + "'", {.file = file});
}

std::string state_name(std::size_t layer, char const* what) { return "state." + std::to_string(layer) + "." + what; }
}

language_trainer::language_trainer(language_model<float>& model, optimizer_options const& options, random_key key)
    : model_(&model), optimizer_(model.parameters(), options), key_(key) {}

loss_sum language_trainer::step(bptt_batch const& batch) {
    auto const loss = model_->learn(batch, key_.fold_in(optimizer_.steps()));
    try {
        norm_ = optimizer_.step(loss);
    } catch (error const& e) {
        throw error(e.kind(),
                    "training, step " + std::to_string(optimizer_.steps() + 1) + " at a learning rate of "
                        + detail::exact(learning_rate()) + ": " + e.what(),
                    {}, "begin with a smaller learning rate");
    }
    return loss;
}

void language_trainer::save_checkpoint(std::string const& path, model_notes const& notes) const {
    detail::saved_tensors tensors;
    tensors.add_parameters(*model_);
    auto const& ops = model_->parameters().ops();
    for (auto const& m : optimizer_.moments()) {
        std::vector<float> values(m.values.rows * m.values.columns);
        if (!values.empty()) ops->download(m.values, values);
        tensors.add("optimizer." + m.name, m.values.rows, m.values.columns, std::move(values));
    }
    auto state = model_->state();
    auto const hidden = model_->options().hidden_size;
    for (std::size_t l = 0; l < state.hidden.size(); ++l)
        tensors.add(state_name(l, "hidden"), state.lanes, hidden, std::move(state.hidden[l]));
    for (std::size_t l = 0; l < state.cells.size(); ++l)
        tensors.add(state_name(l, "cells"), state.lanes, hidden, std::move(state.cells[l]));
    auto all = notes;
    all["steps"] = std::to_string(optimizer_.steps());
    all["rate"] = detail::exact(optimizer_.learning_rate());
    all["lanes"] = std::to_string(state.lanes);
    save_tensors(path, tensors.all(), all, {.output = {.overwrite = true}});
}

model_notes language_trainer::load_checkpoint(std::string const& path) {
    auto const from = load_tensors(path);
    if (!from.checked)
        throw error(failure::bad_data, "checkpoint: expected one with a checksum, found none", {.file = from.file});
    auto notes = from.notes;
    auto const steps = taken<std::uint64_t>(notes, "steps", from.file);
    auto const rate = taken<double>(notes, "rate", from.file);
    auto const lanes = taken<std::uint64_t>(notes, "lanes", from.file);
    detail::load_parameters(*model_, from);
    auto const& ops = model_->parameters().ops();
    for (auto const& m : optimizer_.moments())
        ops->upload(detail::matrix_in(from, "optimizer." + m.name, m.values.rows, m.values.columns), m.values);
    language_model_state<float> state{.lanes = lanes};
    auto const& options = model_->options();
    for (std::size_t l = 0; lanes > 0 && l < options.layers; ++l) {
        auto const part = [&](char const* what) {
            auto const values = detail::matrix_in(from, state_name(l, what), lanes, options.hidden_size);
            return std::vector<float>(values.begin(), values.end());
        };
        state.hidden.push_back(part("hidden"));
        if (options.cell == recurrent_cell::lstm) state.cells.push_back(part("cells"));
    }
    model_->set_state(state);
    optimizer_.set_steps(steps);
    optimizer_.set_learning_rate(rate);
    return notes;
}
}
