module;
#include <cmath>
#include <cstdint>
#include <string>
module wordmill.training;
import wordmill.core;
import :divergence;

namespace wordmill {
namespace {
constexpr double batches = 20;     // of the running mean
constexpr double most_above = 100; // of the running mean above the loss of guessing
}

void divergence_guard::saw(loss_sum const& batch, std::uint64_t step, double learning_rate) {
    recent_ += (batch.mean() - recent_) / batches;
    if (recent_ <= guessing_ + most_above) return;
    throw divergence_error("a loss of " + format_short(batch.mean()) + " per token at step " + std::to_string(step)
                               + ", where guessing has " + format_short(guessing_),
                           learning_rate);
}

error divergence_error(std::string const& found, double learning_rate) {
    return {failure::bad_data,
            "training diverged at a learning rate of " + format_short(learning_rate) + ": " + found,
            {},
            "give a lower --lr or --clip; what was saved before is kept"};
}
}
