module wordmill.word2vec:team;
import wordmill.standard;

namespace wordmill {
/// Threads that work together in phases of some ten microseconds, which is too short for a queue of tasks. Waiting
/// threads spin briefly before they sleep. The thread that creates a team is member 0.
class worker_team {
public:
    /// The team has fewer members when the system refuses to start that many threads.
    explicit worker_team(unsigned members) {
        try {
            for (unsigned i = 1; i < members; ++i) threads_.emplace_back([this, i] { serve(i); });
        } catch (std::system_error const&) {
            // continue with the threads that started
        }
    }
    worker_team(worker_team const&) = delete;
    worker_team& operator=(worker_team const&) = delete;
    ~worker_team() {
        work_ = nullptr;
        next_task();
        for (auto& t : threads_) t.join();
    }

    [[nodiscard]] unsigned members() const noexcept { return static_cast<unsigned>(threads_.size()) + 1; }

    /// Calls `work(context, member)` on every member and returns when all have. `work` must not throw.
    void run(void (*work)(void*, unsigned) noexcept, void* context) {
        work_ = work;
        context_ = context;
        if (!threads_.empty()) next_task();
        work(context, 0);
        meet();
    }
    /// A barrier inside `run`: returns when all members have called it.
    void meet() noexcept {
        auto const phase = phase_.load(std::memory_order_relaxed);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members()) {
            arrived_.store(0, std::memory_order_relaxed);
            phase_.store(phase + 1, std::memory_order_release);
            phase_.notify_all();
            return;
        }
        wait_for_change(phase_, phase);
    }

private:
    static void wait_for_change(std::atomic<std::uint32_t>& value, std::uint32_t old) noexcept {
        for (int spin = 0; spin < 2000; ++spin) {
            if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
        while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
    }
    void next_task() {
        task_.fetch_add(1, std::memory_order_release);
        task_.notify_all();
    }
    void serve(unsigned member) noexcept {
        for (std::uint32_t seen = 0;; ++seen) {
            wait_for_change(task_, seen);
            if (!work_) return;
            work_(context_, member);
            meet();
        }
    }

    alignas(64) std::atomic<std::uint32_t> task_{0};
    alignas(64) std::atomic<std::uint32_t> arrived_{0};
    alignas(64) std::atomic<std::uint32_t> phase_{0};
    void (*work_)(void*, unsigned) noexcept = nullptr;
    void* context_ = nullptr;
    std::vector<std::thread> threads_;
};
}
