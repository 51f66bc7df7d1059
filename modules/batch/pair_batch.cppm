export module wordmill.batch:pair_batch;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Two tokens near each other: their types and how far apart they stand. One number, so that sorting is cheap.
export class token_pair {
public:
    static constexpr unsigned id_bits = 28;
    static constexpr unsigned distance_bits = 8;
    static constexpr std::size_t most_types = std::size_t{1} << id_bits;
    static constexpr std::uint32_t most_distance = (1U << distance_bits) - 1;

    token_pair() = default;
    /// Both ids below `most_types`, the distance at most `most_distance`.
    constexpr token_pair(token_id row, token_id column, std::uint32_t distance) noexcept
        : packed_(static_cast<std::uint64_t>(row) << (id_bits + distance_bits)
                  | static_cast<std::uint64_t>(column) << distance_bits | distance) {}

    /// The pair whose number is `packed`.
    [[nodiscard]] static constexpr token_pair of(std::uint64_t packed) noexcept {
        token_pair pair;
        pair.packed_ = packed;
        return pair;
    }
    [[nodiscard]] constexpr token_id row() const noexcept { return id_at(packed_ >> (id_bits + distance_bits)); }
    [[nodiscard]] constexpr token_id column() const noexcept {
        return id_at(packed_ >> distance_bits & (most_types - 1));
    }
    [[nodiscard]] constexpr std::uint32_t distance() const noexcept {
        return static_cast<std::uint32_t>(packed_) & most_distance;
    }
    /// Row above column above distance.
    [[nodiscard]] constexpr std::uint64_t packed() const noexcept { return packed_; }

private:
    std::uint64_t packed_ = 0;
};

/// The pairs of a block of text: each target (row) with each token of its window (column). What co-occurrence is
/// counted from.
export struct pair_batch : block_header {
    /// Each pair stands for (row, column) and (column, row), and has the lower id as its row.
    bool both_ways = false;
    std::vector<token_pair> pairs{};
};
}
