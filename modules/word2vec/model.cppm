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
    /// Input vectors begin uniform in -first_values / D .. first_values / D; output vectors begin with 0. Wider ones
    /// reach the same quality with less text (docs/performance.md). word2vec.c has 0.5, gensim and fastText 1.
    double first_values = 2;
    wordmill::architecture architecture = wordmill::architecture::skip_gram;
    cbow_input cbow =
        cbow_input::mean_with_whole_gradient; ///< with subwords, also how a word and its n-grams become one vector
    huffman_tree tree{};                      ///< if not empty, hierarchical softmax replaces negative samples
    subword_table subwords{};                 ///< if not empty, the vector of a type is the mean of its rows
};

namespace detail {
struct working_memory;
}

/// Working memory of one thread; any number of models may use it in turn.
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

/// Threads and working memory of `word2vec_model::step_in_order`.
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

/// CBOW or skip-gram, with negative sampling or hierarchical softmax, over words or over words and their subwords.
/// Computes what `reference` computes, in float, vectorised for the processor at run time.
export class word2vec_model {
public:
    /// A dimension or a vocabulary size of 0 is a `failure::usage`; so is a tree or a subword table with another number
    /// of types.
    word2vec_model(word2vec_options options, random_key key);

    /// Trains on the windows of a batch, in order. Several threads may call this at once, each with its own scratch: a
    /// row that two threads change at the same time may lose an update (Recht et al. 2011, "Hogwild!"), so the result
    /// is not reproducible. On one thread it is reproducible. More than 255 negatives are a `failure::usage`.
    loss_sum step(window_batch const& batch, float learning_rate, training_scratch& scratch);

    /// Trains on the windows of a batch. The result is the same, bit for bit, for any number of threads on one
    /// instruction set. Windows are processed in runs of 64: all changes of a run are computed before any is applied,
    /// and the changes of each row are applied in the order of the text. A gradient is therefore stale by at most one
    /// run, about as stale as with 64 windows in flight on several threads. Negatives drawn separately for each pair
    /// are a `failure::usage`.
    loss_sum step_in_order(window_batch const& batch, float learning_rate, ordered_scratch& scratch);

    /// Writes the vector of a type to `to` [D]: its row, or the mean of its rows when there are subwords.
    void vector_of(token_id id, std::span<float> to) const;
    [[nodiscard]] inline word2vec_options const& options() const noexcept { return options_; }
    [[nodiscard]] inline embedding_weights& weights() noexcept { return weights_; }
    [[nodiscard]] inline embedding_weights const& weights() const noexcept { return weights_; }
    /// The instruction set that the kernels use on this machine.
    [[nodiscard]] static std::string_view instruction_set();

private:
    word2vec_options options_;
    embedding_weights weights_;
};
}
