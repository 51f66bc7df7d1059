export module wordmill.glove:shuffled;
import wordmill.core;
import wordmill.standard;
import wordmill.stats;

namespace wordmill {
export struct shuffled_cooccurrence_options {
    std::uint64_t memory_bytes = std::uint64_t{256} << 20; ///< bound on entries in memory, at least 8 MiB; beyond it
                                                           ///< they go to disk
    std::filesystem::path folder{};                        ///< for the temporary file; empty means `temporary_folder()`
    random_key key{};
};

/// An entry in 8 bytes. Type t is in part t % parts, at place t / parts.
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

/// The entries of a matrix in a random order, in memory or on disk, 8 bytes each. Rows and columns are divided into
/// `parts()` parts each, and the entries into blocks [row part, column part]. For a given shift, the blocks [i, i +
/// shift] share neither rows nor columns, so threads that train on different ones of them never touch the same row
/// (Gemulla et al. 2011, "Large-scale matrix factorization with distributed stochastic gradient descent"). The rows of
/// a block are few enough to stay in a cache. An epoch visits the shifts in a random order and the entries of each
/// block in a random order. The order depends on the key, the epoch and the entries, not on memory or threads. Any
/// thread may read.
export class shuffled_cooccurrences {
public:
    /// Reads all entries twice: to count them, and to divide them into blocks. A matrix without entries is a
    /// `failure::bad_data`. Entries that fit neither in memory nor on the disk are a `failure::io` with needed and free
    /// bytes.
    shuffled_cooccurrences(cooccurrence_counts const& counts, shuffled_cooccurrence_options const& options);

    [[nodiscard]] std::size_t size() const noexcept;      ///< V
    [[nodiscard]] std::uint64_t entries() const noexcept; ///< entries of all blocks
    [[nodiscard]] std::size_t parts() const noexcept;     ///< parts of rows, and of columns: odd, at most 63 below 4 M
                                                          ///< types
    [[nodiscard]] bool spilled() const noexcept;          ///< whether entries are on disk
    /// Bytes of memory that the entries of a matrix take while they are divided into blocks and read by `threads`
    /// threads: all entries or the memory budget, and about twice the mean block for each thread.
    [[nodiscard]] static std::uint64_t planned_bytes(std::size_t types, std::uint64_t entries,
                                                     std::uint64_t memory_bytes, unsigned threads);

    /// The shifts 0 .. parts() - 1 in the order of an epoch.
    [[nodiscard]] std::vector<std::size_t> shifts(std::uint64_t epoch) const;
    /// Replaces `to` by the entries of a block in the order of an epoch. A read error is a `failure::io`.
    void read(std::uint64_t epoch, std::size_t row_part, std::size_t column_part,
              std::vector<placed_cooccurrence>& to) const;

private:
    struct state;
    std::shared_ptr<state const> state_;
};
}
