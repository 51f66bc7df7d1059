module wordmill.io:part_jobs;
import :bytes;
import :byte_source;
import :decoder;
import wordmill.standard;

namespace wordmill {
/// A part that was decoded ahead, already cut into blocks.
struct decoded_part {
    std::uint64_t begin = 0;
    part_end end{};
    std::uint64_t bytes = 0; ///< in all blocks
    std::vector<std::string> blocks{};
};

/// Decodes parts of a file ahead of the one consumer, on up to `byte_options::threads` threads and within
/// `memory_bytes`. It delivers only whole, undamaged parts of bounded size. The consumer decodes all others itself, so
/// that errors and limits are those of a read on one thread.
class part_jobs {
public:
    part_jobs(codec c, std::shared_ptr<stored_file const> file, byte_options const& options);
    part_jobs(part_jobs const&) = delete;
    part_jobs& operator=(part_jobs const&) = delete;
    /// Waits for the threads that are still decoding.
    ~part_jobs();

    /// The part that begins at `begin`, if it was decoded ahead. Calls come in rising order. The caller's thread
    /// decodes too while it waits, so that it ends even without other threads.
    [[nodiscard]] std::optional<decoded_part> take(std::uint64_t begin);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
