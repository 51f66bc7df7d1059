export module wordmill.word2vec:cuda_learner;
import :learner;
import :model;
import :on_cuda;
import :training;
import :weights_file;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// What the blocks of an epoch are drawn with and counted in.
export struct epoch_draws {
    word2vec_keys keys{};
    tally counts{}; ///< "training token": read, delivered, dropped as "subsampled"; notes "target without context"
};

export struct word2vec_cuda_learner_options {
    learning_rate_schedule rate{};
    std::uint64_t epoch_tokens = 0; ///< tokens of the corpus, for the learning rate
    monitor watch{};                ///< receives tokens, loss and rate of each block
};

/// A word2vec training run on a GPU as a `leg_learner`, over blocks that are subsampled there. The blocks of the first
/// whole epoch stay on the GPU if they fit; later epochs can then be read from it. Its checkpoints are those of
/// `word2vec_learner`. The model receives the weights with each checkpoint and with `finish`; it and the GPU's twin
/// must outlive the learner.
export template <class MakeDraws> class word2vec_cuda_learner {
public:
    word2vec_cuda_learner(word2vec_model& model, word2vec_on_cuda& gpu, word2vec_cuda_learner_options options,
                          MakeDraws make_draws)
        : model_(&model), gpu_(&gpu), options_(std::move(options)), make_draws_(std::move(make_draws)) {}

    void begin_epoch(std::uint64_t epoch) { epoch_ = epoch; }
    /// Trains on all blocks, or on those that are on the GPU if `blocks` comes from them.
    template <class Block> loss_sum learn(generator<Block> blocks) {
        draws_ = make_draws_(epoch_);
        if (!holds_epoch_ && at_start_) begin_storing();
        at_start_ = false;
        loss_sum total;
        for (auto&& block : blocks) {
            add(block);
            take_results(false, total);
        }
        gpu_->submit();
        take_results(true, total);
        examples_ += total.count;
        return total;
    }
    template <class Block> std::uint64_t passed(Block const& block) {
        auto const tokens = block.state.tokens - border_.tokens;
        border_ = block.state;
        return tokens;
    }
    void end_epoch() {
        holds_epoch_ = holds_epoch_ || storing_;
        storing_ = false;
        ++epoch_;
        border_ = {};
        at_start_ = true;
    }
    [[nodiscard]] border_state const& border() const noexcept { return border_; }

    /// Whether all blocks of an epoch are on the GPU.
    [[nodiscard]] bool holds_epoch() const noexcept { return holds_epoch_; }
    /// What the GPU holds: headers, without ids.
    struct held_block {
        block_header header{};
        bool ends_sentence = false;
        std::uint64_t tokens = 0;
    };
    [[nodiscard]] std::vector<held_block> const& held() const noexcept { return held_; }
    /// The kept tokens at the edges of the blocks on the GPU, in an epoch with these keys.
    [[nodiscard]] std::vector<word2vec_on_cuda::edges> edges(word2vec_keys const& keys) {
        std::vector<std::uint64_t> indices;
        for (auto const& b : held_) indices.push_back(b.header.index);
        return gpu_->edges_of_stored(indices, keys.keep);
    }

    [[nodiscard]] std::uint64_t steps() const noexcept { return examples_; } ///< examples
    [[nodiscard]] double learning_rate() const noexcept {
        return options_.rate.at(epoch_ * options_.epoch_tokens + border_.tokens);
    }
    /// Copies the weights to the model.
    void finish() { gpu_->read(*model_); }
    void save_checkpoint(std::string const& path, note_map notes) {
        finish();
        detail::note_progress(border_, examples_, notes);
        save_weights(*model_, notes, path);
    }
    note_map load_checkpoint(std::string const& path) {
        auto notes = load_weights(*model_, path);
        border_ = detail::taken_progress(notes, examples_, path);
        at_start_ = border_.tokens == 0;
        gpu_->write(*model_);
        return notes;
    }

private:
    struct waiting_block {
        std::uint64_t index = 0;
        std::uint64_t tokens = 0; ///< of the text
        double rate = 0;
    };
    void begin_storing() {
        gpu_->forget_stored();
        held_.clear();
        storing_ = true;
    }
    template <class Block> void add(Block const& block) {
        auto const tokens = block.block.ids.size() + block.block.dropped;
        auto const rate = options_.rate.at(epoch_ * options_.epoch_tokens + block.first_token);
        word2vec_on_cuda::block const b{.ids = block.block.ids,
                                        .sentence_ends = block.block.sentence_ends,
                                        .before = block.before,
                                        .after = block.after,
                                        .index = block.block.index,
                                        .rate = static_cast<float>(rate)};
        waiting_.push_back({block.block.index, tokens, rate});
        if (holds_epoch_) return gpu_->add_stored(next_held_++ % held_.size(), b, draws_.keys);
        auto const stored = gpu_->add(b, draws_.keys, storing_);
        if (!storing_) return;
        held_.push_back({block, !b.sentence_ends.empty(), tokens});
        if (stored) return;
        gpu_->submit(); // what it holds now belongs to no whole epoch
        gpu_->forget_stored();
        held_.clear();
        storing_ = false;
    }
    void take_results(bool all, loss_sum& total) {
        for (auto const& r : gpu_->results(all)) {
            auto const b = waiting_.front();
            waiting_.pop_front();
            detail::check_finite(r.loss, b.index, b.rate);
            total += r.loss;
            draws_.counts.read("training token", b.tokens);
            draws_.counts.deliver("training token", r.kept);
            draws_.counts.drop("training token", "subsampled", b.tokens - r.kept);
            draws_.counts.note("target without context", r.alone);
            detail::report(options_.watch, b.tokens, r.loss, b.rate);
        }
    }

    word2vec_model* model_;
    word2vec_on_cuda* gpu_;
    word2vec_cuda_learner_options options_;
    MakeDraws make_draws_;
    epoch_draws draws_{};
    std::uint64_t epoch_ = 0;
    std::uint64_t examples_ = 0;
    border_state border_{};
    bool at_start_ = true;     ///< of an epoch
    bool storing_ = false;     ///< the blocks of the epoch so far are on the GPU
    bool holds_epoch_ = false; ///< all of them are
    std::size_t next_held_ = 0;
    std::vector<held_block> held_{};
    std::deque<waiting_block> waiting_{};
};
}
