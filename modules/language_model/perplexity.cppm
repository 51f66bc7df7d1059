export module wordmill.language_model:perplexity;
import :model;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How well a model foretold a text.
export struct perplexity_score {
    loss_sum loss{};           ///< natural logarithms, of the tokens that were foretold
    std::uint64_t unknown = 0; ///< of these, unknown words: foretelling them is easier than what they stand for

    [[nodiscard]] inline double perplexity() const noexcept { return std::exp(loss.mean()); }
    [[nodiscard]] inline double unknown_share() const noexcept {
        return loss.count == 0 ? 0 : static_cast<double>(unknown) / static_cast<double>(loss.count);
    }
};

/// The perplexity of a model over a pass of batches (see `bptt_batches`), its state carried from one to the next; with
/// one lane every token is foretold from all before it. The model's state is as before when done. A loss that is not
/// finite is a `failure::bad_data`.
export [[nodiscard]] perplexity_score evaluate_perplexity(language_model<float>& model, generator<bptt_batch> batches,
                                                          std::optional<token_id> unknown = {});
}
