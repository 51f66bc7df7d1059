export module wordmill.core:monitor;
import :error;
import wordmill.standard;

namespace wordmill {
/// What a model has learnt from so far, and how fast it learns now.
export struct learning {
    std::uint64_t tokens = 0;   ///< of the corpus, those that subsampling dropped included
    std::uint64_t examples = 0; ///< what the loss is a mean over
    double loss = 0;            ///< sum over the examples
    double rate = 0;            ///< learning rate of the last block

    /// Of each example since `before`, an earlier state of the same run; nothing when there was none.
    [[nodiscard]] inline std::optional<double> mean_loss_since(learning const& before) const noexcept {
        if (examples == before.examples) return std::nullopt;
        return (loss - before.loss) / static_cast<double>(examples - before.examples);
    }
};

/// What a long run shows to whoever watches it, and how it is asked to stop. A handle: copies share the state; any
/// thread may use it, and a signal handler may ask to stop.
export class monitor {
public:
    monitor() : state_(std::make_unique<state>()) {}

    /// Stored (not yet decoded) bytes that were read, for the percentage done.
    inline void add_stored(std::uint64_t bytes) noexcept { state_->stored.fetch_add(bytes, std::memory_order_relaxed); }
    [[nodiscard]] inline std::uint64_t stored() const noexcept {
        return state_->stored.load(std::memory_order_relaxed);
    }

    inline void add_tokens(std::uint64_t count) noexcept { state_->tokens.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] inline std::uint64_t tokens() const noexcept {
        return state_->tokens.load(std::memory_order_relaxed);
    }

    /// A block was learnt from: adds its tokens, examples and loss; `rate` is now that of the run. Once a block: it
    /// takes a lock, so that what `learnt` returns is of whole blocks. Not for signal handlers.
    inline void add_learnt(learning const& block) noexcept {
        std::scoped_lock const lock(state_->learning_mutex);
        state_->learnt.tokens += block.tokens;
        state_->learnt.examples += block.examples;
        state_->learnt.loss += block.loss;
        state_->learnt.rate = block.rate;
    }
    [[nodiscard]] inline learning learnt() const noexcept {
        std::scoped_lock const lock(state_->learning_mutex);
        return state_->learnt;
    }

    inline void request_stop() noexcept { state_->stop.store(true, std::memory_order_relaxed); }
    [[nodiscard]] inline bool stop_requested() const noexcept { return state_->stop.load(std::memory_order_relaxed); }
    /// Readers call this between blocks and when a read is interrupted. Throws `failure::interrupted` after a request.
    void check() const {
        if (stop_requested()) [[unlikely]]
            throw error(failure::interrupted, "stopped on request");
    }

private:
    struct state {
        std::atomic<std::uint64_t> stored{0};
        std::atomic<std::uint64_t> tokens{0};
        std::atomic<bool> stop{false};
        std::mutex learning_mutex;
        learning learnt;
    };
    std::shared_ptr<state> state_;
};
}
