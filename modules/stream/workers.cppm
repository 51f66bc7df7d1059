export module wordmill.stream:workers;
import wordmill.standard;

namespace wordmill::detail {
/// A bounded queue of numbered slots whose jobs run in order of submission: on the threads of oneTBB and, whenever it
/// would have to wait, on the caller's thread. One thread is therefore enough for progress: nothing deadlocks inside
/// TBB tasks, small arenas or nested pipelines. Only one thread, the consumer, may call the members. Exported for other
/// modules of Wordmill.
export class worker_ring {
public:
    /// Must not throw. `worker` < threads; no two jobs of the same worker number run at once.
    using job = void (*)(void* context, std::size_t slot, unsigned worker) noexcept;

    /// `threads` includes the consumer; with one thread or one slot, no other thread is involved. When the system
    /// refuses to start threads, there are fewer. `context` outlives the ring.
    worker_ring(unsigned threads, std::size_t slots, void* context, job run);
    worker_ring(worker_ring const&) = delete;
    worker_ring& operator=(worker_ring const&) = delete;
    /// Waits for the jobs that are running and drops those that have not begun.
    ~worker_ring();

    [[nodiscard]] inline bool full() const noexcept { return tail_ - head_ == slots_; }
    [[nodiscard]] inline bool empty() const noexcept { return tail_ == head_; }
    [[nodiscard]] inline std::size_t head() const noexcept { return static_cast<std::size_t>(head_ % slots_); }
    [[nodiscard]] inline std::size_t tail() const noexcept { return static_cast<std::size_t>(tail_ % slots_); }

    /// Hands the filled slot `tail()` to the workers. Must not be called when full.
    void submit();
    /// True when the job of slot `head()` has run. Must not be called when empty.
    [[nodiscard]] bool head_done() const noexcept;
    /// Runs jobs until that of slot `head()` has run; sleeps only while another thread has it and nothing else is left.
    void await_head();
    /// Frees slot `head()`, which is done.
    inline void release_head() noexcept { ++head_; }

private:
    struct state;
    std::unique_ptr<state> state_;
    std::uint64_t head_ = 0;
    std::uint64_t tail_ = 0;
    std::uint64_t slots_;
};

/// The threads and slots that a pair of options resolves to.
struct ring_shape {
    unsigned threads = 1;
    std::size_t slots = 1;
};
/// 0 threads = as many as the machine allows; 0 slots = 2 threads + 2. One thread means one slot, and vice versa.
[[nodiscard]] ring_shape shape_of(unsigned threads, std::size_t max_in_flight);
}
