module;
#include <algorithm>
#include <cmath>
#include <coroutine>
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
