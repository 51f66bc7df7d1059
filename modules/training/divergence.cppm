export module wordmill.training:divergence;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Tells when the training of a model of tokens has diverged. The measure is guessing: a model that takes all V words
/// for equally likely has a loss of ln V per token, a perplexity of V. Training starts there, and may rise above it for
/// a while.
export class divergence_guard {
public:
    explicit divergence_guard(std::size_t vocabulary_size) noexcept
        : guessing_(std::log(static_cast<double>(std::max<std::size_t>(vocabulary_size, 1)))), recent_(guessing_) {}

    /// The loss of guessing, ln V.
    [[nodiscard]] inline double guessing() const noexcept { return guessing_; }
    /// Whether a model with this mean loss is worth keeping: its perplexity is at most 1000 V.
    [[nodiscard]] inline bool is_sound(double mean_loss) const noexcept {
        return mean_loss <= guessing_ + std::log(1000);
    }
    /// Takes the loss of one more batch. `failure::bad_data` when the running mean of about 20 batches is more than
    /// ln V + 100: no training comes back from there.
    void saw(loss_sum const& batch, std::uint64_t step, double learning_rate);

private:
    double guessing_;
    double recent_; // the running mean
};

/// The error of a run that diverged: `found` is what was measured. `failure::bad_data` with a hint.
export [[nodiscard]] error divergence_error(std::string const& found, double learning_rate);
}
