#pragma once
// The including file includes binding.hpp and imports wordmill.core first.

/// What the waiting thread reports while work is done.
struct run_progress {
    wordmill::monitor watch{};
    std::shared_ptr<std::atomic<std::uint64_t>> total = std::make_shared<std::atomic<std::uint64_t>>(0);
    nb::object listener = nb::none(); ///< is called with the tokens done, their total or 0, the loss and the rate
};

/// Does `work` on another thread without the GIL. Meanwhile the calling thread, which has the GIL, looks after signals
/// and progress. An error of either (KeyboardInterrupt, an exception of the listener) asks the work to stop, and is
/// thrown when it has.
void run_watched(run_progress const& progress, std::function<void()> const& work);

/// Sends a line to logging.getLogger("wordmill"). Any thread.
void log_message(char const* level, std::string const& line) noexcept;

/// Bytes from an int, or a str such as "4GiB"; 0 for None.
[[nodiscard]] std::uint64_t memory_of(nb::handle memory);
