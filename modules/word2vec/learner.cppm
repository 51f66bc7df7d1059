export module wordmill.word2vec:learner;
import :model;
import :training;
import :weights_file;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
namespace detail {
/// What a checkpoint says beside the weights: the border after the last block, and the examples seen.
inline void note_progress(border_state const& border, std::uint64_t examples, note_map& notes) {
    std::string before;
    for (auto const id : border.before) before += std::to_string(index(id)) + ' ';
    notes["before"] = before;
    notes["tokens"] = std::to_string(border.tokens);
    notes["examples"] = std::to_string(examples);
}
inline std::vector<token_id> ids_in(std::string_view text, std::string const& path) {
    std::vector<token_id> ids;
    while (!text.empty()) {
        std::uint32_t id = 0;
        if (!take_number(text, ' ', id))
            throw error(failure::bad_data, "expected ids as note 'before', found '" + std::string(text) + "'",
                        {.file = path});
        ids.push_back(token_id{id});
    }
    return ids;
}
inline border_state taken_progress(note_map& notes, std::uint64_t& examples, std::string const& path) {
    border_state border{.before = ids_in(taken_note(notes, "before", path), path),
                        .tokens = taken_number<std::uint64_t>(notes, "tokens", path)};
    examples = taken_number<std::uint64_t>(notes, "examples", path);
    return border;
}
}

export struct word2vec_learner_options {
    unsigned threads = 1;
    bool in_order = false; ///< the result does not depend on `threads`; if false, more than one thread is not
                           ///< reproducible
    learning_rate_schedule rate{};
    std::uint64_t epoch_tokens = 0; ///< tokens of the corpus, for the learning rate
    monitor watch{};                ///< receives tokens, loss and rate of each block
};

/// A word2vec training run as a `leg_learner`: a `trainer` drives it in legs over blocks that carry a `border_state`.
/// `make_stage(epoch)` makes the stage from blocks to the `window_batch`es of an epoch; it runs on the training
/// threads. The model must outlive the learner.
export template <class MakeStage> class word2vec_learner {
public:
    word2vec_learner(word2vec_model& model, word2vec_learner_options options, MakeStage make_stage)
        : model_(&model), options_(std::move(options)), make_stage_(std::move(make_stage)) {}

    void begin_epoch(std::uint64_t epoch) { epoch_ = epoch; }
    /// Trains on all blocks. The loss of each example is measured when it is trained on.
    template <class Block> loss_sum learn(generator<Block> blocks) {
        epoch_options const how{.threads = options_.threads,
                                .tokens_before = epoch_ * options_.epoch_tokens,
                                .rate = options_.rate,
                                .progress = options_.watch};
        auto const loss = options_.in_order ? train_epoch_in_order(*model_, std::move(blocks), make_stage_(epoch_), how)
                                            : train_epoch(*model_, std::move(blocks), make_stage_(epoch_), how);
        examples_ += loss.count;
        return loss;
    }
    /// Returns the tokens of a block and remembers the border after it.
    template <class Block> std::uint64_t passed(Block const& block) {
        auto const tokens = block.state.tokens - border_.tokens;
        border_ = block.state;
        return tokens;
    }
    void end_epoch() {
        ++epoch_;
        border_ = {};
    }
    /// Together with the position of the run, the place where its stream continues.
    [[nodiscard]] border_state const& border() const noexcept { return border_; }

    [[nodiscard]] std::uint64_t steps() const noexcept { return examples_; } ///< examples
    [[nodiscard]] double learning_rate() const noexcept {
        return options_.rate.at(epoch_ * options_.epoch_tokens + border_.tokens);
    }
    /// Throws the errors of `save_weights` and `load_weights`.
    void save_checkpoint(std::string const& path, note_map notes) const {
        detail::note_progress(border_, examples_, notes);
        save_weights(*model_, notes, path);
    }
    note_map load_checkpoint(std::string const& path) {
        auto notes = load_weights(*model_, path);
        border_ = detail::taken_progress(notes, examples_, path);
        return notes;
    }

private:
    word2vec_model* model_;
    word2vec_learner_options options_;
    MakeStage make_stage_;
    std::uint64_t epoch_ = 0;
    std::uint64_t examples_ = 0;
    border_state border_{};
};
}
