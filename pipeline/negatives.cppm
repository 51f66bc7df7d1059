export module wordmill.pipeline:negatives;
import :noise;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct negative_options {
    std::uint32_t count = 5; ///< samples; 0 = none
    negative_sharing sharing = negative_sharing::window;
    bool exclude_target = true; ///< a sample that is the target is drawn again; not when a whole batch shares them
    random_key key{};           ///< block n is drawn with key.fold_in(n): give each epoch its own
};

/// A stage that gives windows their negative samples. Redraws are bounded: after 16 the next type by id is taken.
/// The result depends on the key and the batch alone. Safe on many threads at once.
export class negative_samples {
public:
    struct scratch {
        std::vector<std::uint32_t> words;
    };
    /// `failure::usage` when the target is to be excluded and fewer than two types can be drawn.
    explicit negative_samples(noise_distribution noise, negative_options options = {});
    [[nodiscard]] window_batch operator()(window_batch batch, scratch& space) const;

private:
    noise_distribution noise_;
    negative_options options_;
};
}
