module wordmill.command:signals;
import :progress;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// While it lives, the first SIGINT, SIGTERM or SIGHUP asks `watch` to stop and wakes blocked reads; a second one ends
/// the process at once. SIGPIPE and SIGXFSZ become write errors. One at a time.
class signal_guard {
public:
    explicit signal_guard(monitor watch);
    ~signal_guard();
    signal_guard(signal_guard const&) = delete;
    signal_guard& operator=(signal_guard const&) = delete;

    /// The signal that asked to stop, 0 if none.
    [[nodiscard]] int received() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Ends the command with exit code 128 + signal.
struct stopped_by_signal {
    int signal;
};

/// Runs `work` under a signal_guard. When a signal stops it, prints a message and ends the command with exit code 128 +
/// signal. Such work cannot be resumed, and unfinished outputs are removed.
template <class Work> void interruptible(log_options const& log, monitor const& watch, Work work) {
    signal_guard const guard(watch);
    try {
        work();
    } catch (error const& e) {
        if (e.kind() != failure::interrupted || guard.received() == 0) throw;
        log_line(log, "error",
                 "stopped by signal " + std::to_string(guard.received()) + "; unfinished outputs were removed");
        throw stopped_by_signal{guard.received()};
    }
}
}
