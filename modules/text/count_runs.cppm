module wordmill.text:count_runs;
import :counting;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// The order of the records of a run.
enum class run_order {
    by_bytes, ///< by the bytes of the word; merging runs adds up equal words
    by_count, ///< by falling count, then bytes
};

/// Words with counts, sorted, in a part of a spill file: size and count as LEB128 numbers, then the bytes.
struct sorted_run {
    std::shared_ptr<spill_file const> file;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// Writes runs, one after the other, to its own spill file.
class run_writer {
public:
    explicit run_writer(std::filesystem::path folder) : folder_(std::move(folder)) {}
    /// Begins a run. If fewer than `expected_bytes` are free in the folder, that is a `failure::io` with both numbers.
    void begin_run(std::uint64_t expected_bytes);
    void write(std::string_view word, std::uint64_t count);
    void end_run();
    /// Returns the runs written. Call it once, at the end.
    [[nodiscard]] std::vector<sorted_run> finish() &&;

private:
    std::filesystem::path folder_;
    std::shared_ptr<spill_file> file_; // made at the first write
    std::vector<sorted_run> runs_;
    std::uint64_t begin_ = 0;
    std::string record_;
};

/// The resources that merging may use.
struct merge_budget {
    std::size_t memory_bytes = 0; ///< for the read buffers of all runs together
    std::filesystem::path folder{};

    [[nodiscard]] std::size_t fan_in() const noexcept;
    [[nodiscard]] std::size_t buffer_bytes(std::size_t runs) const noexcept;
};

/// Merges at most `fan_in()` runs into one stream, lazily.
generator<counted_word> merge_runs(std::vector<sorted_run> runs, run_order order, merge_budget budget);

/// Merges runs into fewer, longer ones until at most `fan_in()` are left.
[[nodiscard]] std::vector<sorted_run> reduce_runs(std::vector<sorted_run> runs, run_order order,
                                                  merge_budget const& budget);

/// Runs by falling count, and totals gathered while sorting.
struct count_sorted {
    std::vector<sorted_run> runs;
    std::uint64_t types = 0;
    std::uint64_t tokens = 0;
    std::uint64_t largest_count = 0;
};

/// Sorts words, which arrive in byte order, into runs by falling count, within `memory_bytes`.
[[nodiscard]] count_sorted sort_by_count(generator<counted_word> by_bytes, std::size_t memory_bytes,
                                         std::filesystem::path const& folder);
}
