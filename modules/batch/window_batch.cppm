export module wordmill.batch:window_batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Who is trained against the same negative samples.
export enum class negative_sharing : std::uint8_t {
    pair,   ///< nobody: a context and its target have their own, as in word2vec's skip-gram
    window, ///< the contexts of one target (Ji et al. 2016, "Parallelizing Word2Vec in Shared and Distributed Memory")
    batch,  ///< all targets of the batch
};

/// Targets, the contexts around each, and negative samples: what CBOW and skip-gram learn from. Every target has at
/// least one context. A value; stages and models read it, any thread may.
export struct window_batch : block_header {
    std::uint64_t first_token = 0;             ///< tokens of the epoch before those of this batch
    std::uint64_t tokens = 0;                  ///< tokens it was made of, those that subsampling dropped included
    std::vector<token_id> targets{};           ///< [N]
    std::vector<std::uint32_t> context_ends{}; ///< [N]: where the contexts of each target end in `contexts`
    std::vector<token_id> contexts{};          ///< [pairs], left to right
    std::uint32_t negative_count = 0;          ///< k, per pair, target or batch
    negative_sharing sharing = negative_sharing::window;
    std::vector<token_id> negatives{}; ///< [pairs, k], [N, k] or [k]

    [[nodiscard]] inline std::size_t size() const noexcept { return targets.size(); }
    [[nodiscard]] inline std::size_t pairs() const noexcept { return contexts.size(); }
    [[nodiscard]] inline std::size_t first_context(std::size_t target) const noexcept {
        return target == 0 ? 0 : context_ends[target - 1];
    }
    [[nodiscard]] inline std::span<token_id const> contexts_of(std::size_t target) const noexcept {
        return std::span(contexts).subspan(first_context(target), context_ends[target] - first_context(target));
    }
    /// The samples for a target and its context number `pair` (of all pairs).
    [[nodiscard]] inline std::span<token_id const> negatives_of(std::size_t target, std::size_t pair) const noexcept {
        std::size_t const row = sharing == negative_sharing::pair     ? pair
                                : sharing == negative_sharing::window ? target
                                                                      : 0;
        return std::span(negatives).subspan(row * negative_count, negative_count);
    }
};
}
