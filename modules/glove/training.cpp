module;
#include "kernels.hpp"

#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.glove;
import wordmill.core;
import wordmill.stream;
import :model;
import :shuffled;
import :training;

namespace wordmill {
namespace {
/// 0 .. count - 1, until somebody asks to stop.
generator<std::size_t> numbers(std::size_t count, monitor progress) {
    for (std::size_t i = 0; i < count; ++i) {
        progress.check();
        co_yield i;
    }
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

glove_loss train_glove_epoch(glove_model& model, shuffled_cooccurrences const& entries,
                             glove_epoch_options const& options) {
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
    glove_loss total{.entries = entries.entries()};
    std::vector<double> losses(entries.parts());
    for (auto const shift : entries.shifts(options.epoch)) {
        (void)reduce_blocks(
            numbers(losses.size(), options.progress), [] { return std::vector<placed_cooccurrence>(); },
            [&trainer, &losses, shift](std::vector<placed_cooccurrence>& block, std::size_t part) {
                losses[part] = trainer.train(part, (part + shift) % losses.size(), block);
            },
            {.threads = options.threads});
        total.sum = std::accumulate(losses.begin(), losses.end(), total.sum);
    }
    return total;
}

std::uint64_t glove_memory_bytes(glove_options const& options, std::uint64_t entries, std::uint64_t entry_memory_bytes,
                                 unsigned threads) {
    return checked_sum(
        glove_model::memory_bytes(options.vocabulary_size, options.dimension),
        shuffled_cooccurrences::planned_bytes(options.vocabulary_size, entries, entry_memory_bytes, threads));
}
}
