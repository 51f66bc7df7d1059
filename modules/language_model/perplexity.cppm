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

/// The number of lanes in which a text of so many tokens is evaluated by default: one for each 10,000 tokens, at least
/// 1 and at most 10. The first tokens of a lane are predicted without the tokens before them. That costs about 3 nats
/// for each lane on average, and up to 17 for a single one (LSTMs of 150 units on PTB and WikiText-2; the figures are
/// in docs/command.md). With 10,000 tokens per lane the perplexity is therefore within 0.1 % of that of one lane.
export [[nodiscard]] std::size_t evaluation_lanes(std::uint64_t tokens) noexcept;

/// The steps of a batch in which a text is evaluated by default: the context of a Transformer, else 35.
export [[nodiscard]] std::size_t evaluation_steps(language_model_options const& options) noexcept;

/// Measures the perplexity of a model over batches (see `bptt_batches`). The state carries over from one batch to the
/// next. With one lane a recurrent model predicts every token from all tokens before it. A Transformer predicts it from
/// those of its batch and from its memory. Restores the model's state at the end. A
/// loss that is not finite is a `failure::bad_data`.
export [[nodiscard]] perplexity_score evaluate_perplexity(language_model<float>& model, generator<bptt_batch> batches,
                                                          std::optional<token_id> unknown = {});
}
