export module wordmill.word2vec:on_cuda;
import :model;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// What training on a GPU needs to know beyond the model: what the stages of the pipeline know on the processor.
export struct word2vec_on_cuda_options {
    std::uint32_t negatives = 5; ///< 1 .. 255
    negative_sharing sharing = negative_sharing::window;
    bool exclude_target = true;
    std::uint32_t before = 5; ///< tokens of a window, 65,535 at most
    std::uint32_t behind = 5;
    bool shrink = true;
    bool cross_sentences = false;
    /// Windows that are in training at a time: 1, or a multiple of 4. Each of them is trained without what the others
    /// are about to change.
    std::uint32_t in_flight = 1;
    std::uint64_t kept_tokens = 0;             ///< of an epoch, about: small ones are divided more finely
    std::uint32_t slab_words = 1U << 22;       ///< ids and sentence ends that are sent at a time
    std::uint64_t storage = ~std::uint64_t{0}; ///< bytes of the device that blocks may take, at most
};

/// A column of an alias table; see `noise_distribution::columns`.
export struct alias_column {
    std::uint32_t threshold;
    std::uint32_t alias;
};

/// The tables behind the draws, by type [V].
export struct word2vec_on_cuda_tables {
    std::span<std::uint64_t const> counts{};
    std::span<std::uint32_t const> keep_below{}; ///< see `subsample::keep_below`
    std::vector<alias_column> noise{};
    std::vector<std::uint32_t> after{}; ///< see `noise_distribution::after`
    std::vector<double> noise_probabilities{};
};

/// The keys that a block's draws come from.
export struct word2vec_keys {
    random_key keep{};
    random_key windows{};
    random_key negatives{};
};

/// How many windows to train at a time, when nobody says: as many as are harmless for an epoch of that many kept
/// tokens (docs/performance.md).
export [[nodiscard]] constexpr std::uint32_t windows_in_flight(std::uint64_t kept_tokens) noexcept {
    if (kept_tokens > 50'000'000) return 2640;
    return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(kept_tokens / 20'000, 4, 528) / 4 * 4);
}
/// Tokens of an epoch that subsampling keeps, on average.
export [[nodiscard]] std::uint64_t kept_tokens(std::span<std::uint64_t const> counts,
                                               std::span<std::uint32_t const> keep_below) noexcept;
/// What updates of each row are multiplied by, so that windows in training at the same time do not add up to a step
/// that is too long: 16 over the number of them that are expected to change the row, at most 1. Empty when all are 1.
/// `probabilities` [V]: that a row is used by one place of a window; `places`: how many there are.
export [[nodiscard]] std::vector<float> damping_of(std::span<double const> probabilities, double places,
                                                   std::uint32_t in_flight);

/// A skip-gram or CBOW model that trains on a GPU, from blocks of ids: subsampling, windows and negative samples are
/// drawn there as the stages of the pipeline draw them here. With one window at a time the result is that of
/// `reference` to rounding. Not for subwords and hierarchical softmax. For one thread at a time. Errors of the GPU are
/// thrown as by `on_cuda`.
export class word2vec_on_cuda {
public:
    static constexpr std::uint32_t most_sides = 65'535; ///< tokens of a window on each side
    /// Bytes of the GPU's memory that training needs.
    [[nodiscard]] static std::uint64_t memory_bytes(word2vec_options const& model,
                                                    word2vec_on_cuda_options const& options);

    /// Takes the weights of the model. `failure::resource` when the GPU runs out of memory.
    word2vec_on_cuda(word2vec_model const& model, word2vec_on_cuda_options const& options,
                     word2vec_on_cuda_tables const& tables);
    word2vec_on_cuda(word2vec_on_cuda&&) noexcept;
    ~word2vec_on_cuda();

    struct block {
        std::span<token_id const> ids{};
        std::span<std::uint32_t const> sentence_ends{};
        std::span<token_id const> before{}; ///< kept tokens of the sentence that the block begins in
        std::span<token_id const> after{};
        std::uint64_t index = 0;
        float rate = 0;
    };
    struct result {
        loss_sum loss{};
        std::uint64_t kept = 0;  ///< tokens
        std::uint64_t alone = 0; ///< targets without context
    };
    /// Trains on a block after those before; the work is done later. `store`: keeps the block on the GPU, and returns
    /// whether there was room.
    bool add(block const& b, word2vec_keys const& keys, bool store);
    /// The same for a block on the GPU, whose `ids` and `sentence_ends` are not read.
    void add_stored(std::size_t number, block const& b, word2vec_keys const& keys);
    /// Begins all work that was added.
    void submit();
    /// The results of blocks whose work is done, in order, each once. `all`: waits for those of all blocks.
    [[nodiscard]] std::vector<result> results(bool all);

    /// The kept tokens at the edges of stored blocks; see `edges_of_block`.
    struct edges {
        std::vector<token_id> first{};
        std::vector<token_id> last{};
    };
    /// The edges of the first blocks, as many as there are indices.
    [[nodiscard]] std::vector<edges> edges_of_stored(std::span<std::uint64_t const> indices, random_key keep);
    void forget_stored();

    void write(word2vec_model const& model);
    void read(word2vec_model& model);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
