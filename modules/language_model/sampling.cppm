export module wordmill.language_model:sampling;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// How the next token is chosen from the logits of all.
export struct sampling_options {
    double temperature = 1; ///< logits are divided by it; 0: always the likeliest, of equal ones the lower id
    std::size_t top_k = 0;  ///< only from the k likeliest; 0 = all
    double top_p = 1;       ///< only from the fewest likeliest whose probabilities reach p (Holtzman et al. 2020)
    std::vector<token_id> skipped{}; ///< never these
};

/// Chooses tokens; remembers memory to work in. For one thread at a time.
export class token_sampler {
public:
    /// `failure::usage` for options out of range.
    explicit token_sampler(sampling_options options = {});
    /// A token of a vocabulary [V]; `uniform`, in [0, 1), says which. `failure::bad_data` when a logit is NaN or all
    /// are skipped.
    [[nodiscard]] token_id sample(std::span<float const> logits, double uniform);

private:
    sampling_options options_;
    std::vector<std::pair<double, token_id>> left_{}; ///< weights and tokens
};
}
