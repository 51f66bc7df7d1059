module;
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.safetensors;
import wordmill.training;
import :model;
import :model_file;
import :training;

namespace wordmill {
namespace {
std::string state_name(std::size_t layer, char const* what) { return "state." + std::to_string(layer) + "." + what; }
}

language_trainer::language_trainer(language_model<float>& model, optimizer_options const& options, random_key key)
    : model_(&model), optimizer_(model.parameters(), options), key_(key) {}

loss_sum language_trainer::step(bptt_batch const& batch) {
    auto const key = key_.fold_in(optimizer_.steps());
    auto const shape = random_key(batch.lanes).fold_in(batch.inputs.size()).bits();
    auto const found =
        update_step(optimizer_, *model_->parameters().ops()->queue(), shape, [&] { return model_->learn(batch, key); });
    norm_ = found.norm;
    return found.loss;
}

void language_trainer::save_checkpoint(std::string const& path, note_map const& notes) const {
    auto all = notes;
    saved_tensors tensors;
    tensors.add(model_->parameters(), optimizer_, all);
    auto state = model_->state();
    auto const hidden = model_->options().hidden_size;
    for (std::size_t l = 0; l < state.hidden.size(); ++l)
        tensors.add(state_name(l, "hidden"), state.lanes, hidden, std::move(state.hidden[l]));
    for (std::size_t l = 0; l < state.cells.size(); ++l)
        tensors.add(state_name(l, "cells"), state.lanes, hidden, std::move(state.cells[l]));
    for (std::size_t l = 0; l < state.memory.size(); ++l)
        tensors.add(state_name(l, "memory"), state.memory[l].size() / (2 * hidden), 2 * hidden,
                    std::move(state.memory[l]));
    all["lanes"] = std::to_string(state.lanes);
    save_tensors(path, tensors.all(), all, {.output = {.overwrite = true}});
}

note_map language_trainer::load_checkpoint(std::string const& path) {
    auto const from = load_checkpoint_tensors(path);
    auto notes = from.notes;
    auto const lanes = taken_number<std::uint64_t>(notes, "lanes", from.file);
    restore(model_->parameters(), optimizer_, from, notes);
    language_model_state<float> state{.lanes = lanes};
    auto const& options = model_->options();
    for (std::size_t l = 0; lanes > 0 && l < options.layers; ++l) {
        auto const part = [&](char const* what, std::uint64_t rows, std::uint64_t columns) {
            auto const values = matrix_in(from, state_name(l, what), rows, columns);
            return std::vector<float>(values.begin(), values.end());
        };
        if (options.transformer) { // has as many rows as there were positions
            auto const memory = from.tensors.find(state_name(l, "memory"));
            auto const rows =
                memory == from.tensors.end() || memory->second.shape.empty() ? lanes : memory->second.shape.front();
            state.memory.push_back(part("memory", rows, 2 * options.hidden_size));
            continue;
        }
        state.hidden.push_back(part("hidden", lanes, options.hidden_size));
        if (options.cell == recurrent_cell::lstm) state.cells.push_back(part("cells", lanes, options.hidden_size));
    }
    model_->set_state(state); // refuses another number of positions than it can have
    return notes;
}
}
