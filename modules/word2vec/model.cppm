module;
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
export module wordmill.word2vec:model;
import :reference;
import :weights;
import wordmill.batch;
import wordmill.core;

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
    cbow_input cbow = cbow_input::mean;
};

/// Memory that one thread works in; it may serve any number of models.
export class training_scratch {
public:
    /// At least `floats` of them, at a cache line.
    [[nodiscard]] float* reserve(std::size_t floats);

private:
    struct release {
        void operator()(float* memory) const noexcept;
    };
    std::unique_ptr<float[], release> memory_;
    std::size_t floats_ = 0;
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

/// CBOW or skip-gram with negative sampling. The arithmetic is that of `reference`, in float, vectorised for the
/// processor it runs on.
export class word2vec_model {
public:
    /// `failure::usage` for a dimension or a vocabulary size of 0.
    word2vec_model(word2vec_options options, random_key key);

    /// Learns from the windows of a batch, in order. Several threads may do so at once, each with its scratch: rows
    /// that two of them change at the same time may lose an update (Recht et al. 2011, "Hogwild!"), and the result is
    /// then not reproducible. On one thread it is. `failure::usage` for more than 255 negatives.
    training_loss step(window_batch const& batch, float learning_rate, training_scratch& scratch);

    /// Learns from the windows of a batch so that the result is the same, bit for bit, for any number of threads (on
    /// one instruction set). Windows are taken in runs of 64; the changes of a run are all worked out before
    /// any is made, each row's in the order of the text. A run is stale by at most its own length, about what
    /// that many windows in flight on several threads are. `failure::usage` for negatives of each pair's own.
    training_loss step_in_order(window_batch const& batch, float learning_rate, ordered_scratch& scratch);

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
