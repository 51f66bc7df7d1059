export module wordmill.pipeline:subsample;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
export enum class subsampling_rule : std::uint8_t {
    word2vec, ///< keeps with probability (sqrt(f / t) + 1) t / f, as word2vec.c, gensim and fastText do
    paper,    ///< keeps with probability sqrt(t / f) (Mikolov et al. 2013, "Distributed Representations of Words and
              ///< Phrases", 2.3)
};

export struct subsample_options {
    double threshold = 1e-4; ///< t, a share of all tokens; 0 = keep everything
    subsampling_rule rule = subsampling_rule::word2vec;
    random_key key{}; ///< block n is drawn with key.fold_in(n): give each epoch its own
    tally counts{};   ///< "training token": read, delivered, dropped as "subsampled"
};

/// The probability that an occurrence of each type is kept. [V]. f = count / sum of the counts. A threshold that is
/// negative or not finite is a `failure::usage`.
export [[nodiscard]] std::vector<double> keep_probabilities(std::span<std::uint64_t const> counts,
                                                            subsample_options const& options);

/// A stage that drops occurrences of frequent types at random. Sentence and document ends are kept, so a sentence may
/// become empty. The result depends only on the key and the block. Safe on many threads at once.
export class subsample {
public:
    struct scratch {
        std::vector<std::uint32_t> words;
    };
    explicit subsample(vocabulary const& words, subsample_options options = {});
    [[nodiscard]] token_block operator()(token_block block, scratch& space) const;

    /// [V], out of 2^32 - 1: token n of a block is kept when word n of its key is not above the number of its type.
    /// Empty when nothing is dropped.
    [[nodiscard]] inline std::span<std::uint32_t const> keep_below() const noexcept {
        return keep_below_ ? std::span<std::uint32_t const>(*keep_below_) : std::span<std::uint32_t const>();
    }
    [[nodiscard]] inline subsample_options const& options() const noexcept { return options_; }

private:
    std::shared_ptr<std::vector<std::uint32_t> const> keep_below_; ///< [V], out of 2^32 - 1; null when nothing is
                                                                   ///< dropped
    subsample_options options_;
};
}
