module wordmill.corpora:zipf_blocks;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Runs of ranks of the artificial language, see `synthetic_language`. `single` is also what the ranks of a block
/// that does not fit into the language are.
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

/// Draws blocks of ranks by their Zipf weight, (rank + 1)^-exponent summed, in constant time and memory.
/// Blocks up to rank 5376 have a slot each in an alias table (Walker 1977, in Vose's 1991 construction). Beyond that,
/// slots are runs of blocks of 64 that grow in proportion to their rank; within a run, rejection against its first
/// block (at least 15 of 16 are accepted when the exponent is 1). A block there weighs 64 times the rank in its middle.
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
    /// First rank and zone of the block that `rank` is in.
    [[nodiscard]] std::pair<std::uint64_t, zone> block_of(std::uint64_t rank) const noexcept;
    [[nodiscard]] double block_weight(std::uint64_t first_rank, zone where) const noexcept;

    /// One random word for most draws; a share is off by about 1e-9 of all tokens at most.
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
    double target_weight_ = 0; ///< of the whole zone, kept because summing it takes long
    unsigned shift_ = 0;       ///< a slot number is the random word's bits from here on; three bits are spare,
    std::uint32_t mask_ = 0;   ///< the others are compared with the threshold
    std::vector<slot> slots_;
};
}
