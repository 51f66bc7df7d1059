module;
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.batch;
import wordmill.core;
import :negatives;
import :noise;

namespace wordmill {
namespace {
constexpr std::size_t most_redraws = 16;

/// Sample number `n` of a batch, once more. Each sample has random words of its own, so that the order of drawing does
/// not matter.
token_id draw_again(noise_distribution const& noise, token_id target, random_key key, std::size_t n) {
    auto again = key.engine_from(2 * most_redraws * n);
    for (std::size_t i = 0; i < most_redraws; ++i) {
        auto const column = again();
        auto const drawn = noise.draw(column, again());
        if (drawn != target) return drawn;
    }
    return noise.after(target);
}
}

negative_samples::negative_samples(noise_distribution noise, negative_options options)
    : noise_(std::move(noise)), options_(options) {
    auto const excluding = options_.exclude_target && options_.sharing != negative_sharing::batch && options_.count > 0;
    if (excluding && noise_.drawable() < 2)
        throw error(failure::bad_data, "negative samples: expected two types or more to draw from, found one", {},
                    "give more text, a lower --min-count or a higher --max-size");
}

window_batch negative_samples::operator()(window_batch batch, scratch& space) const {
    std::size_t const count = options_.count;
    auto const rows = options_.sharing == negative_sharing::pair     ? batch.pairs()
                      : options_.sharing == negative_sharing::window ? batch.size()
                                                                     : std::size_t{1};
    batch.negative_count = options_.count;
    batch.sharing = options_.sharing;
    batch.negatives.resize(rows * count);
    space.words.resize(2 * batch.negatives.size());
    auto const key = options_.key.fold_in(batch.index);
    fill_random(key, space.words);
    for (std::size_t i = 0; i < batch.negatives.size(); ++i)
        batch.negatives[i] = noise_.draw(space.words[2 * i], space.words[2 * i + 1]);
    if (!options_.exclude_target || options_.sharing == negative_sharing::batch) return batch;
    auto const again = key.fold_in(0);
    auto const check = [&](token_id target, std::size_t row) {
        for (auto i = row * count; i < (row + 1) * count; ++i)
            if (batch.negatives[i] == target) [[unlikely]]
                batch.negatives[i] = draw_again(noise_, target, again, i);
    };
    for (std::size_t target = 0; target < batch.size(); ++target) {
        if (options_.sharing == negative_sharing::window) {
            check(batch.targets[target], target);
            continue;
        }
        for (auto pair = batch.first_context(target); pair < batch.context_ends[target]; ++pair)
            check(batch.targets[target], pair);
    }
    return batch;
}
}
