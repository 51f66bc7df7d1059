export module wordmill.word2vec:model;
import :huffman;
import :reference;
import :weights;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// What predicts what.
export enum class architecture : std::uint8_t {
    cbow,      ///< the contexts together predict the target
    skip_gram, ///< each context predicts the target, as in word2vec.c
};

export struct word2vec_options {
    std::size_t vocabulary_size = 0; ///< V
    std::size_t dimension = 100;     ///< D
    wordmill::architecture architecture = wordmill::architecture::skip_gram;
    cbow_input cbow = cbow_input::mean; ///< with subwords also of a word and its n-grams
    huffman_tree tree{};                ///< when it has types: hierarchical softmax instead of negative samples
    subword_table subwords{};           ///< when it has types: the vector of a type is the mean of its rows
};

namespace detail {
struct working_memory;
}

/// Memory that one thread works in; it may serve any number of models.
export class training_scratch {
public:
    training_scratch();
    training_scratch(training_scratch&&) noexcept;
    training_scratch& operator=(training_scratch&&) noexcept;
    ~training_scratch();

private:
    friend class word2vec_model;
    std::unique_ptr<detail::working_memory> memory_;
};

/// The threads and the memory of `word2vec_model::step_in_order`.
export class ordered_scratch {
public:
    explicit ordered_scratch(unsigned threads);
    ordered_scratch(ordered_scratch&&) noexcept;
    ordered_scratch& operator=(ordered_scratch&&) noexcept;
    ~ordered_scratch();

private:
    friend class word2vec_model;
    struct state;
    std::unique_ptr<state> state_;
};

/// CBOW or skip-gram with negative sampling or hierarchical softmax, of words or of words and their subwords. The
/// arithmetic is that of `reference`, in float, vectorised for the processor it runs on.
export class word2vec_model {
public:
    /// `failure::usage` for a dimension or a vocabulary size of 0, and for a tree or subwords of other types.
    word2vec_model(word2vec_options options, random_key key);

    /// Learns from the windows of a batch, in order. Several threads may do so at once, each with its scratch: rows
    /// that two of them change at the same time may lose an update (Recht et al. 2011, "Hogwild!"), and the result is
    /// then not reproducible. On one thread it is. `failure::usage` for more than 255 negatives.
    loss_sum step(window_batch const& batch, float learning_rate, training_scratch& scratch);

    /// Learns from the windows of a batch so that the result is the same, bit for bit, for any number of threads (on
    /// one instruction set). Windows are taken in runs of 64; the changes of a run are all worked out before
    /// any is made, each row's in the order of the text. A run is stale by at most its own length, about what
    /// that many windows in flight on several threads are. `failure::usage` for negatives of each pair's own.
    loss_sum step_in_order(window_batch const& batch, float learning_rate, ordered_scratch& scratch);

    /// The vector of a type: its row, or the mean of its rows when there are subwords. Writes `to` [D].
    void vector_of(token_id id, std::span<float> to) const;
    [[nodiscard]] inline word2vec_options const& options() const noexcept { return options_; }
    [[nodiscard]] inline embedding_weights& weights() noexcept { return weights_; }
    [[nodiscard]] inline embedding_weights const& weights() const noexcept { return weights_; }
    /// The instruction set that the arithmetic runs on here.
    [[nodiscard]] static std::string_view instruction_set();

private:
    word2vec_options options_;
    embedding_weights weights_;
};
}
