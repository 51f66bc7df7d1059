module wordmill.text:count_runs;
import :counting;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How the records of a run follow each other.
enum class run_order {
    by_bytes, ///< by the bytes of the word; equal words are added up when runs are merged
    by_count, ///< by falling count, then bytes
};

/// Words with counts, sorted, in a part of a spill file: size and count as LEB128 numbers, then the bytes.
struct sorted_run {
    std::shared_ptr<spill_file const> file;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// Writes runs, one after the other, to a spill file of its own.
class run_writer {
public:
    explicit run_writer(std::filesystem::path folder) : folder_(std::move(folder)) {}
    /// `expected_bytes` must be free in the folder: `failure::io` with both numbers otherwise.
    void begin_run(std::uint64_t expected_bytes);
    void write(std::string_view word, std::uint64_t count);
    void end_run();
    /// The runs written; call once, last.
    [[nodiscard]] std::vector<sorted_run> finish() &&;

private:
    std::filesystem::path folder_;
    std::shared_ptr<spill_file> file_; // made when there is something to write
    std::vector<sorted_run> runs_;
    std::uint64_t begin_ = 0;
    std::string record_;
};

/// What merging may use.
struct merge_budget {
    std::size_t memory_bytes = 0; ///< for the read buffers of all runs together
    std::filesystem::path folder{};

    [[nodiscard]] std::size_t fan_in() const noexcept;
    [[nodiscard]] std::size_t buffer_bytes(std::size_t runs) const noexcept;
};

/// All runs as one, lazily; at most `fan_in()` of them.
generator<counted_word> merge_runs(std::vector<sorted_run> runs, run_order order, merge_budget budget);

/// Merges runs into fewer, longer ones until `fan_in()` suffices for the rest.
[[nodiscard]] std::vector<sorted_run> reduce_runs(std::vector<sorted_run> runs, run_order order,
                                                  merge_budget const& budget);

/// Runs by falling count and what was learned on the way.
struct count_sorted {
    std::vector<sorted_run> runs;
    std::uint64_t types = 0;
    std::uint64_t tokens = 0;
    std::uint64_t largest_count = 0;
};

/// Sorts words that come by bytes into runs by falling count, in `memory_bytes`.
[[nodiscard]] count_sorted sort_by_count(generator<counted_word> by_bytes, std::size_t memory_bytes,
                                         std::filesystem::path const& folder);
}
