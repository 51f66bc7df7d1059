export module wordmill.stream:threads;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A `failure::resource` about a thread that the system refused, naming the limits that may be the reason: "cannot
/// start a thread to show progress: ...".
export [[nodiscard]] error thread_refused(std::string_view purpose, std::system_error const& why);

/// The number of additional threads that the system allows now, at most `wanted`; it starts and ends them to find out.
/// `parallel` and `reduce_blocks` call this themselves and work with fewer.
export [[nodiscard]] unsigned startable_threads(unsigned wanted);
}

namespace wordmill::detail {
/// Threads of oneTBB that help the calling thread. To be used by one thread at a time.
class helper_threads {
public:
    /// `threads` includes the calling thread.
    explicit helper_threads(unsigned threads);
    helper_threads(helper_threads const&) = delete;
    helper_threads& operator=(helper_threads const&) = delete;
    ~helper_threads();

    /// The number of helpers: `threads - 1`, or fewer when TBB is limited to fewer or the system refuses more.
    [[nodiscard]] unsigned most() const noexcept;
    /// Calls `work(context)` on a helper as soon as one is free.
    void start(void* context, void (*work)(void*) noexcept);
    /// Returns when every call has returned. Runs calls that have not begun itself, so it never waits for a free
    /// helper.
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
