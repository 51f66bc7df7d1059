export module wordmill.language_model:perplexity;
import :model;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How well a model predicted a text.
export struct perplexity_score {
    loss_sum loss{};           ///< in natural logarithms, over the tokens that were predicted
    std::uint64_t unknown = 0; ///< unknown words among these; each is easier to predict than the word it replaces

    [[nodiscard]] inline double perplexity() const noexcept { return std::exp(loss.mean()); }
    [[nodiscard]] inline double unknown_share() const noexcept {
        return loss.count == 0 ? 0 : static_cast<double>(unknown) / static_cast<double>(loss.count);
    }
};

/// Measures the perplexity of a model over batches (see `bptt_batches`). The state carries over from one batch to the
/// next; with one lane every token is predicted from all tokens before it. Restores the model's state at the end. A
/// loss that is not finite is a `failure::bad_data`.
export [[nodiscard]] perplexity_score evaluate_perplexity(language_model<float>& model, generator<bptt_batch> batches,
                                                          std::optional<token_id> unknown = {});
}
