export module wordmill.glove:shuffled;
import wordmill.core;
import wordmill.standard;
import wordmill.stats;

namespace wordmill {
export struct shuffled_cooccurrence_options {
    std::uint64_t memory_bytes = std::uint64_t{256} << 20; ///< of entries; more of them go to disk. At least 8 MiB
    std::filesystem::path folder{};                        ///< of the temporary file; empty means `temporary_folder()`
    random_key key{};
};

/// An entry in 8 bytes. Type t lies in part t % parts, at the place t / parts.
export class placed_cooccurrence {
public:
    constexpr placed_cooccurrence() noexcept = default;
    placed_cooccurrence(std::size_t row_place, std::size_t column_place, float weight) noexcept;
    [[nodiscard]] std::size_t row_place() const noexcept;
    [[nodiscard]] std::size_t column_place() const noexcept;
    [[nodiscard]] float weight() const noexcept; ///< 1 for a pair of neighbours
    [[nodiscard]] constexpr bool operator==(placed_cooccurrence const&) const noexcept = default;

    std::uint64_t bits = 0; ///< the places, 16 bits each, then the weight
};

/// The entries of a matrix in a random order, in memory or on disk, 8 bytes each. Rows and columns are dealt out to
/// `parts()` parts each, and the entries to the blocks [row part, column part]. Blocks [i, i + shift] of all i share
/// neither rows nor columns, so that threads that learn from different ones of them never meet (Gemulla et al. 2011,
/// "Large-scale matrix factorization with distributed stochastic gradient descent"); and the rows of a block are few
/// enough to stay in a cache. An epoch goes through the shifts in a random order and through each block in a random
/// order. The order depends on key, epoch and the entries: neither on memory nor on threads. Any thread may read.
export class shuffled_cooccurrences {
public:
    /// Reads all entries twice: to count them, and to deal them out. `failure::bad_data` when there are none,
    /// `failure::io` with needed and free bytes when they exceed the memory and the disk.
    shuffled_cooccurrences(cooccurrence_counts const& counts, shuffled_cooccurrence_options const& options);

    [[nodiscard]] std::size_t size() const noexcept;      ///< V
    [[nodiscard]] std::uint64_t entries() const noexcept; ///< of all blocks
    [[nodiscard]] std::size_t parts() const noexcept;     ///< of rows, and of columns: odd, at most 63 below 4 M types
    [[nodiscard]] bool spilled() const noexcept;          ///< to disk
    /// Bytes that the entries of a matrix take while they are dealt out and read by `threads`: all of them or the
    /// memory they are given, and about twice the mean block for each thread.
    [[nodiscard]] static std::uint64_t planned_bytes(std::size_t types, std::uint64_t entries,
                                                     std::uint64_t memory_bytes, unsigned threads);

    /// 0 .. parts() - 1 in the order of an epoch.
    [[nodiscard]] std::vector<std::size_t> shifts(std::uint64_t epoch) const;
    /// The entries of a block in the order of an epoch, instead of what `to` held. `failure::io` when the file fails.
    void read(std::uint64_t epoch, std::size_t row_part, std::size_t column_part,
              std::vector<placed_cooccurrence>& to) const;

private:
    struct state;
    std::shared_ptr<state const> state_;
};
}
