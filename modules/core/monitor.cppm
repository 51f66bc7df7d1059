export module wordmill.core:monitor;
import :error;
import wordmill.standard;

namespace wordmill {
/// How far a training run has come.
export struct learning {
    std::uint64_t tokens = 0;   ///< of the corpus, including those that subsampling dropped
    std::uint64_t examples = 0; ///< examples that the loss is summed over
    double loss = 0;            ///< sum over the examples
    double rate = 0;            ///< learning rate of the last block

    /// The mean loss of the examples since `before`, an earlier state of the same run; empty if there were none.
    [[nodiscard]] inline std::optional<double> mean_loss_since(learning const& before) const noexcept {
        if (examples == before.examples) return std::nullopt;
        return (loss - before.loss) / static_cast<double>(examples - before.examples);
    }
};

/// Reports the progress of a long run and lets others ask it to stop. A handle: copies share the state. Any thread may
/// use it. A signal handler may call `request_stop`.
export class monitor {
public:
    monitor() : state_(std::make_unique<state>()) {}

    /// Counts stored (not decoded) bytes that were read, for the percentage done.
    inline void add_stored(std::uint64_t bytes) noexcept { state_->stored.fetch_add(bytes, std::memory_order_relaxed); }
    [[nodiscard]] inline std::uint64_t stored() const noexcept {
        return state_->stored.load(std::memory_order_relaxed);
    }

    /// The run waits for its source from here until `source_delivered`, which adds the time it took.
    inline void source_awaited() noexcept { state_->waiting.store(true, std::memory_order_relaxed); }
    inline void source_delivered(std::int64_t nanoseconds) noexcept {
        state_->waiting.store(false, std::memory_order_relaxed);
        state_->waited.fetch_add(nanoseconds, std::memory_order_relaxed);
    }
    [[nodiscard]] inline bool waits_for_source() const noexcept {
        return state_->waiting.load(std::memory_order_relaxed);
    }
    /// Seconds that the run has waited for its sources so far.
    [[nodiscard]] inline double source_seconds() const noexcept {
        return static_cast<double>(state_->waited.load(std::memory_order_relaxed)) * 1e-9;
    }

    /// How many tokens the run will train on, where that is known beforehand: for the percentage done.
    inline void expect_learnt(std::uint64_t tokens) noexcept {
        state_->expected.store(tokens, std::memory_order_relaxed);
    }
    [[nodiscard]] inline std::uint64_t expected() const noexcept {
        return state_->expected.load(std::memory_order_relaxed);
    }

    inline void add_tokens(std::uint64_t count) noexcept { state_->tokens.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] inline std::uint64_t tokens() const noexcept {
        return state_->tokens.load(std::memory_order_relaxed);
    }

    /// Adds the tokens, examples and loss of a block that was trained on, and sets the rate. Call it once per block: it
    /// takes a lock, so that `learnt` always returns the state after whole blocks. Not for signal handlers.
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
        std::atomic<std::int64_t> waited{0}; // nanoseconds
        std::atomic<std::uint64_t> expected{0};
        std::atomic<bool> waiting{false};
        std::atomic<bool> stop{false};
        std::mutex learning_mutex;
        learning learnt;
    };
    std::shared_ptr<state> state_;
};
}
