module wordmill.stats:pair_runs;
import :cooccurrence;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// A pair of ids as a number that sorts by row, then column.
[[nodiscard]] constexpr std::uint64_t pair_key(token_id row, token_id column) noexcept {
    return static_cast<std::uint64_t>(row) << 32 | static_cast<std::uint64_t>(column);
}
[[nodiscard]] constexpr token_id row_of(std::uint64_t key) noexcept { return id_at(key >> 32); }
[[nodiscard]] constexpr token_id column_of(std::uint64_t key) noexcept { return id_at(key & 0xffffffff); }

struct weighted_pair {
    std::uint64_t key = 0;
    std::uint64_t weight = 0;
};

/// Weighted pairs by rising key, packed: the difference to the previous key and the weight, both as LEB128 numbers,
/// about four bytes per pair. Reading can start at every `restart_interval`-th pair.
class pair_run {
public:
    static constexpr std::size_t restart_interval = 512;
    static constexpr std::size_t most_restarts = std::size_t{1} << 16; ///< how many restarts are remembered
    struct restart {
        std::uint64_t key = 0; ///< key of the first pair after it
        std::uint64_t byte = 0;
    };
    class reader;

    [[nodiscard]] std::uint64_t pairs() const noexcept { return pairs_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
    /// Bytes that the run takes in memory.
    [[nodiscard]] std::uint64_t memory_bytes() const noexcept {
        return memory_.capacity() + restarts_.capacity() * sizeof(restart);
    }
    [[nodiscard]] bool in_memory() const noexcept { return !file_; }
    /// The remembered restarts, one every `pairs_per_restart()` pairs.
    [[nodiscard]] std::span<restart const> restarts() const noexcept { return restarts_; }
    [[nodiscard]] std::uint64_t pairs_per_restart() const noexcept { return restart_interval * restart_stride_; }

private:
    friend class pair_run_writer;
    std::string memory_{};                     ///< packed pairs, or
    std::shared_ptr<spill_file const> file_{}; ///< the file that holds them
    std::uint64_t bytes_ = 0;
    std::uint64_t pairs_ = 0;
    std::uint64_t restart_stride_ = 1; ///< one restart in `restart_stride_` is remembered
    std::vector<restart> restarts_{};
};

/// Packs pairs in memory, or through a small buffer into its own spill file. Keys must rise, each key once, with
/// weights above 0.
class pair_run_writer {
public:
    /// Packs in memory.
    pair_run_writer() = default;
    /// Packs into a file in `folder`. If fewer than `expected_bytes` are free there, that is a `failure::io` with both
    /// numbers.
    pair_run_writer(std::filesystem::path const& folder, std::uint64_t expected_bytes);

    void add(weighted_pair pair);
    [[nodiscard]] pair_run finish() &&;

private:
    void restart(std::uint64_t key);
    std::shared_ptr<spill_file> file_{};
    pair_run run_{};
    std::string packed_{}; ///< not yet in the file
    std::uint64_t last_key_ = 0;
};

class pair_run::reader {
public:
    /// Starts at the first pair with a key of `from` or more.
    reader(pair_run const& run, std::uint64_t from, std::size_t buffer_bytes);

    /// The current pair; valid unless `ended()`.
    [[nodiscard]] inline weighted_pair const& pair() const noexcept { return pair_; }
    [[nodiscard]] inline bool ended() const noexcept { return ended_; }
    /// Goes to the next pair.
    inline void next() {
        if (left_ == 0) {
            ended_ = true;
            return;
        }
        if (static_cast<std::size_t>(end_ - at_) < most_pair_bytes) refill();
        if (until_restart_ == 0) {
            pair_.key = 0;
            until_restart_ = restart_interval;
        }
        --until_restart_;
        --left_;
        pair_.key += number();
        pair_.weight = number();
    }

private:
    static constexpr std::size_t most_pair_bytes = 20;

    void refill();
    [[nodiscard]] inline std::uint64_t number() noexcept {
        auto byte = static_cast<unsigned char>(*at_++);
        if (byte < 0x80) [[likely]]
            return byte;
        std::uint64_t value = byte & 0x7fU;
        for (unsigned shift = 7; shift < 64; shift += 7) {
            byte = static_cast<unsigned char>(*at_++);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) break;
        }
        return value;
    }

    pair_run const& run_;
    weighted_pair pair_{};
    std::vector<char> buffer_{}; ///< for a run in a file; has 20 spare bytes after those read
    char const* at_ = nullptr;
    char const* end_ = nullptr;
    std::uint64_t next_byte_ = 0; ///< position in the run after the buffer
    std::uint64_t left_ = 0;      ///< pairs after this one
    std::size_t until_restart_ = 0;
    bool ended_ = false;
};

/// Reads several runs as one and sums equal pairs.
class merged_pairs {
public:
    /// Reads pairs with keys in [from, until).
    merged_pairs(std::span<std::shared_ptr<pair_run const> const> runs, std::uint64_t from,
                 std::optional<std::uint64_t> until, std::size_t buffer_bytes);
    /// The next pair; nothing at the end. `failure::bad_data` when a weight exceeds 64 bits.
    [[nodiscard]] std::optional<weighted_pair> next();

private:
    void sink(std::size_t at) noexcept;
    std::vector<std::unique_ptr<pair_run::reader>> readers_{}; ///< a heap by key
    std::uint64_t until_ = 0;
    bool bounded_ = false;
};
}
