export module wordmill.language_model:sampling;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// How the next token is chosen from the logits of all tokens.
export struct sampling_options {
    double temperature = 1; ///< logits are divided by it; 0: always the likeliest token, of equal ones the lower id
    std::size_t top_k = 0;  ///< only the k likeliest tokens; 0 = all
    double top_p = 1;       ///< only the fewest likeliest tokens whose probabilities reach p (Holtzman et al. 2020)
    std::vector<token_id> skipped{}; ///< tokens that are never chosen
};

/// Chooses tokens, and reuses its working memory between calls. For one thread at a time.
export class token_sampler {
public:
    /// `failure::usage` for options out of range.
    explicit token_sampler(sampling_options options = {});
    /// Chooses a token from logits [V]; `uniform`, a random number in [0, 1), decides which. `failure::bad_data` when a
    /// logit is NaN or all tokens are skipped.
    [[nodiscard]] token_id sample(std::span<float const> logits, double uniform);

private:
    sampling_options options_;
    std::vector<std::pair<double, token_id>> left_{}; ///< weights and tokens
};
}
