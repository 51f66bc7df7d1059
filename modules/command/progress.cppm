module wordmill.command:progress;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
enum class log_format { text, json };

/// How a run reports on standard error.
struct log_options {
    log_format format = log_format::text;
    bool quiet = false;
    bool terminal = false; ///< standard error is a terminal: progress rewrites one line; otherwise it prints lines
};

/// The amount of work of a run, as far as it is known; 0 = unknown.
struct progress_goal {
    std::uint64_t stored_bytes = 0; ///< read from files
};

/// Shows percentage, ETA, tokens/s, loss since the last line, learning rate and the stage that limits the speed
/// while a run is in progress, from a thread of its own. Prints "waiting for input" when nothing arrives for 5 seconds.
class progress {
public:
    progress(log_options options, std::string_view task, progress_goal goal, monitor watch);
    ~progress();
    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    /// Measures how long the rest of the run waits for `source`.
    template <class T>
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<T> timed(generator<T> source) {
        return wordmill::timed(std::move(source), watch_);
    }
    /// Stops showing; the last call before results are printed.
    void finish();
    /// Seconds since the start.
    [[nodiscard]] double seconds() const;
    /// "reading" or `task`.
    [[nodiscard]] std::string limiting_stage() const;

private:
    struct state;
    std::unique_ptr<state> state_;
    monitor watch_;
};

/// A token or name for people: control characters, escapes and ill-formed bytes as \xNN.
[[nodiscard]] std::string printable(std::string_view bytes);
/// Writes one line to standard error: as it is, or as {"level":...,"message":...}.
void log_line(log_options const& options, std::string_view level, std::string_view message);
/// The table of what was read, delivered and dropped.
void report_counts(log_options const& options, tally const& counts);
}
