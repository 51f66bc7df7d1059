export module wordmill.pipeline:negatives;
import :noise;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct negative_options {
    std::uint32_t count = 5; ///< samples; 0 = none
    negative_sharing sharing = negative_sharing::window;
    bool exclude_target = true; ///< redraw samples that equal the target, unless a whole batch shares its samples
    random_key key{};           ///< block n is drawn with key.fold_in(n): give each epoch its own
};

/// A stage that draws negative samples for windows. A sample is redrawn at most 16 times; then the next type by id is
/// used. The result depends only on the key and the batch. Safe on many threads at once.
export class negative_samples {
public:
    struct scratch {
        std::vector<std::uint32_t> words;
    };
    /// Excluding the target when fewer than two types can be drawn is a `failure::usage`.
    explicit negative_samples(noise_distribution noise, negative_options options = {});
    [[nodiscard]] window_batch operator()(window_batch batch, scratch& space) const;

private:
    noise_distribution noise_;
    negative_options options_;
};
}
