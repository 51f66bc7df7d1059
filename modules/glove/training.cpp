module;
#include "kernels.hpp"

#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.glove;
import wordmill.core;
import wordmill.safetensors;
import wordmill.stream;
import :model;
import :shuffled;
import :training;

namespace wordmill {
namespace {
generator<std::size_t> numbers(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) co_yield i;
}

/// An epoch's pass over blocks.
struct block_trainer {
    matrix_view<float> parameters;
    glove_kernels::descent how;
    shuffled_cooccurrences entries;
    glove_epoch_options options;

    [[nodiscard]] double train(std::size_t row_part, std::size_t column_part,
                               std::vector<placed_cooccurrence>& block) const {
        entries.read(options.epoch, row_part, column_part, block);
        if (block.empty()) return 0;
        auto const loss = glove_kernels::train({.words = parameters.row(row_part).data(),
                                                .contexts = parameters.row(entries.size() + column_part).data(),
                                                .step = entries.parts() * parameters.stride,
                                                .dimension = parameters.columns - 1},
                                               &block.data()->bits, block.size(), how);
        if (!std::isfinite(loss))
            throw error(failure::bad_data,
                        "GloVe: the loss is no longer finite in block " + std::to_string(row_part) + ", "
                            + std::to_string(column_part) + " of epoch " + std::to_string(options.epoch)
                            + " at a learning rate of " + std::to_string(options.rate),
                        {}, "begin again with a smaller learning rate");
        auto progress = options.progress;
        progress.add_tokens(block.size());
        progress.add_learnt({.tokens = block.size(), .examples = block.size(), .loss = loss, .rate = options.rate});
        return loss;
    }
};
}

loss_sum train_glove_round(glove_model& model, shuffled_cooccurrences const& entries, glove_round const& round,
                           glove_epoch_options const& given) {
    auto options = given;
    options.epoch = round.epoch;
    if (!(options.rate > 0 && options.rate <= 1))
        throw error(failure::usage,
                    "GloVe: expected a learning rate above 0, at most 1, found " + std::to_string(options.rate));
    if (entries.size() != model.options().vocabulary_size)
        throw error(failure::usage, "GloVe: expected co-occurrences of "
                                        + std::to_string(model.options().vocabulary_size) + " types, found "
                                        + std::to_string(entries.size()));
    auto const& objective = model.options().objective;
    block_trainer const trainer{.parameters = model.parameters(),
                                .how = {.rate = static_cast<float>(options.rate),
                                        .clip = static_cast<float>(objective.clip),
                                        .alpha = static_cast<float>(objective.alpha),
                                        .log_x_max = static_cast<float>(std::log(objective.x_max))},
                                .entries = entries,
                                .options = options};
    std::vector<loss_sum> losses(entries.parts());
    (void)reduce_blocks(
        numbers(losses.size()), [] { return std::vector<placed_cooccurrence>(); },
        [&](std::vector<placed_cooccurrence>& block, std::size_t part) {
            losses[part].sum = trainer.train(part, (part + round.shift) % losses.size(), block);
            losses[part].count = block.size();
        },
        {.threads = options.threads});
    loss_sum total;
    for (auto const& loss : losses) total += loss;
    return total;
}

generator<glove_round> glove_rounds(shuffled_cooccurrences entries, std::uint64_t epoch, position from) {
    auto const shifts = entries.shifts(epoch);
    for (auto number = from.record; number < shifts.size(); ++number) {
        glove_round round;
        round.epoch = epoch;
        round.shift = shifts[number];
        round.start = {.record = number};
        round.next = {.record = number + 1};
        co_yield std::move(round);
    }
}

loss_sum train_glove_epoch(glove_model& model, shuffled_cooccurrences const& entries,
                           glove_epoch_options const& options) {
    loss_sum total;
    for (auto&& round : glove_rounds(entries, options.epoch)) {
        options.progress.check();
        total += train_glove_round(model, entries, round, options);
    }
    return total;
}

void glove_learner::save_checkpoint(std::string const& path, note_map notes) const {
    notes["rounds"] = std::to_string(rounds_);
    auto const tensor = [](std::string name, matrix_view<float const> rows) {
        return named_tensor{.name = std::move(name), .shape = {rows.rows, rows.columns}, .rows = rows};
    };
    named_tensor const tensors[] = {tensor("parameters", std::as_const(*model_).parameters()),
                                    tensor("squared-gradients", std::as_const(*model_).squared_gradients())};
    save_tensors(path, tensors, notes, {.output = {.overwrite = true}});
}

note_map glove_learner::load_checkpoint(std::string const& path) {
    tensor_destination const destinations[] = {{"parameters", model_->parameters()},
                                               {"squared-gradients", model_->squared_gradients()}};
    auto notes = load_tensors_into(path, destinations);
    rounds_ = taken_number<std::uint64_t>(notes, "rounds", path);
    return notes;
}

std::uint64_t glove_memory_bytes(glove_options const& options, std::uint64_t entries, std::uint64_t entry_memory_bytes,
                                 unsigned threads) {
    return checked_sum(
        glove_model::memory_bytes(options.vocabulary_size, options.dimension),
        shuffled_cooccurrences::planned_bytes(options.vocabulary_size, entries, entry_memory_bytes, threads));
}
}
