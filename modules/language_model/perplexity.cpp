module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
module wordmill.language_model;
import wordmill.batch;
import wordmill.core;
import wordmill.stream;
import :model;
import :perplexity;

namespace wordmill {
std::size_t evaluation_lanes(std::uint64_t tokens) noexcept {
    constexpr std::uint64_t most = 10;
    constexpr std::uint64_t tokens_per_lane = 10'000;
    return static_cast<std::size_t>(std::clamp<std::uint64_t>(tokens / tokens_per_lane, 1, most));
}

std::size_t evaluation_steps(language_model_options const& options) noexcept {
    return options.transformer ? options.transformer->context : 35;
}

perplexity_score evaluate_perplexity(language_model<float>& model, generator<bptt_batch> batches,
                                     std::optional<token_id> unknown) {
    auto const before = model.state();
    model.reset_state();
    perplexity_score score;
    for (auto&& batch : batches) {
        auto const loss = model.evaluate(batch).wait();
        if (!std::isfinite(loss.sum))
            throw error(failure::bad_data, "perplexity: the loss is not finite at step "
                                               + std::to_string(batch.first_step) + " of the text");
        score.loss += loss;
        if (unknown) score.unknown += static_cast<std::uint64_t>(std::ranges::count(batch.targets, *unknown));
    }
    model.set_state(before);
    return score;
}
}
