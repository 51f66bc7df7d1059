module;
#include <atomic>
#include <cstdint>
#include <memory>
export module wordmill.core:monitor;
import :error;

namespace wordmill {
/// What a long run shows to whoever watches it, and how it is asked to stop. A handle: copies share the state; any
/// thread, and a signal handler, may use it.
export class monitor {
public:
    monitor() : state_(std::make_shared<state>()) {}

    /// Stored (not yet decoded) bytes that were read, for the percentage done.
    inline void add_stored(std::uint64_t bytes) noexcept { state_->stored.fetch_add(bytes, std::memory_order_relaxed); }
    [[nodiscard]] inline std::uint64_t stored() const noexcept {
        return state_->stored.load(std::memory_order_relaxed);
    }

    inline void add_tokens(std::uint64_t count) noexcept { state_->tokens.fetch_add(count, std::memory_order_relaxed); }
    [[nodiscard]] inline std::uint64_t tokens() const noexcept {
        return state_->tokens.load(std::memory_order_relaxed);
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
    };
    std::shared_ptr<state> state_;
};
}
