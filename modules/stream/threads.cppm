export module wordmill.stream:threads;
import wordmill.standard;

namespace wordmill {
/// How many threads beside those there are the system lets us start now, at most `wanted`: starts and ends them.
/// `parallel` and `reduce_blocks` ask this themselves and do with fewer.
export [[nodiscard]] unsigned startable_threads(unsigned wanted);
}

namespace wordmill::detail {
/// Threads of oneTBB that help the caller's. For one thread at a time.
class helper_threads {
public:
    /// `threads` counts the caller's own.
    explicit helper_threads(unsigned threads);
    helper_threads(helper_threads const&) = delete;
    helper_threads& operator=(helper_threads const&) = delete;
    ~helper_threads();

    /// Helpers there may be at once: `threads - 1`, or fewer when TBB is told to use fewer or the system refuses more.
    [[nodiscard]] unsigned most() const noexcept;
    /// Calls `work(context)` on a helper, soon or when one is free.
    void start(void* context, void (*work)(void*) noexcept);
    /// Returns when every call has; does itself those that have not begun, so it never waits for a free helper.
    void join();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// One more thread, for one call, joined by the destructor.
class companion_thread {
public:
    companion_thread();
    companion_thread(companion_thread const&) = delete;
    companion_thread& operator=(companion_thread const&) = delete;
    ~companion_thread();
    /// False when the system refuses a thread; then `work` is not called.
    [[nodiscard]] bool start(void* context, void (*work)(void*) noexcept);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
