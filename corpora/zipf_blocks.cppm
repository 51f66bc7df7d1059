module wordmill.corpora:zipf_blocks;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Zones of ranks of the artificial language; see `synthetic_language`. Ranks of a block that does not fit in the
/// language are `single` too.
enum class zone : std::uint8_t { single, marker, role, field, topic, target, tail };

inline constexpr std::array<std::uint64_t, 8> zone_first{0, 32, 96, 192, 256, 1280, 5376, ~std::uint64_t{0}};

[[nodiscard]] constexpr std::uint64_t block_size(zone where) noexcept {
    constexpr std::array<std::uint64_t, 7> sizes{1, 16, 16, 8, 64, 4096, 64};
    return sizes[static_cast<std::size_t>(where)];
}

struct rank_draw {
    std::uint64_t first_rank; ///< of the block
    zone where;
    std::uint32_t spare; ///< three more random bits
};

/// Draws blocks of ranks by their Zipf weight, (rank + 1)^-exponent summed, in constant time and memory. Blocks up to
/// rank 5376 have a slot each in an alias table (Walker 1977, in Vose's 1991 construction). Beyond that, a slot is a
/// run of blocks of 64 ranks, and runs grow in proportion to their rank. A block within a run is drawn by rejection
/// against the first block of the run (at least 15 of 16 draws are accepted when the exponent is 1). The weight of such
/// a block is 64 times the weight of the rank in its middle.
class zipf_blocks {
public:
    zipf_blocks(std::uint64_t types, double exponent);

    /// The weight of one rank.
    [[nodiscard]] inline double weight(std::uint64_t rank) const noexcept {
        return std::pow(static_cast<double>(rank + 1), -exponent_);
    }
    [[nodiscard]] inline double total() const noexcept { return total_; }
    [[nodiscard]] inline bool has(zone where) const noexcept {
        return types_ >= zone_first[static_cast<std::size_t>(where)] + block_size(where);
    }
    /// The first rank and the zone of the block that contains `rank`.
    [[nodiscard]] std::pair<std::uint64_t, zone> block_of(std::uint64_t rank) const noexcept;
    [[nodiscard]] double block_weight(std::uint64_t first_rank, zone where) const noexcept;

    /// Most draws need one random word. The error of a share is at most about 1e-9 of all tokens.
    [[nodiscard]] inline rank_draw draw(random_engine& rng) const noexcept {
        std::uint32_t const word = rng();
        auto const* at = &slots_[word >> shift_];
        if ((word & mask_) >> 3 >= at->threshold) at = &slots_[at->alias];
        if (at->blocks == 1) [[likely]]
            return {at->first, at->where, word & 7};
        return {draw_in_run(*at, rng), at->where, word & 7};
    }

private:
    struct slot {
        std::uint64_t first = 0;
        std::uint32_t blocks = 1;
        std::uint32_t threshold = 0; ///< keep this slot below it
        std::uint16_t alias = 0;
        zone where = zone::single;
    };
    [[nodiscard]] std::uint64_t draw_in_run(slot const& run, random_engine& rng) const noexcept;

    std::uint64_t types_;
    double exponent_;
    double total_ = 0;
    double target_weight_ = 0; ///< weight of the whole zone, kept because summing it is slow
    unsigned shift_ = 0;       ///< a slot number is the random word's bits from here on; three bits are spare,
    std::uint32_t mask_ = 0;   ///< the others are compared with the threshold
    std::vector<slot> slots_;
};
}
