module wordmill.io:bzip2_bits;
import wordmill.standard;

namespace wordmill {
/// bzip2 blocks begin and streams end with these 48 bits, at any bit (binary-coded pi and its square root).
inline constexpr std::uint64_t bzip2_block_magic = 0x314159265359;
inline constexpr std::uint64_t bzip2_end_magic = 0x177245385090;

/// `count` <= 57 bits from bit `at` on, the first bit highest; nothing when they are not all there.
[[nodiscard]] inline std::optional<std::uint64_t> bits_at(std::span<unsigned char const> bytes, std::size_t at,
                                                          unsigned count) {
    if (at + count > bytes.size() * 8) return {};
    std::uint64_t value = 0;
    auto const last = (at + count + 7) / 8;
    for (std::size_t i = at / 8; i < last; ++i) value = value << 8 | bytes[i];
    return value >> (last * 8 - at - count) & ((std::uint64_t{1} << count) - 1);
}

/// Looks for the two magics at every bit, with one table look-up per byte.
class bzip2_scanner {
public:
    explicit bzip2_scanner(bool find_ends = true) {
        for (unsigned shift = 0; shift < 8; ++shift) {
            candidates_[bzip2_block_magic >> (16 - shift) & 255] |= static_cast<unsigned char>(1u << shift);
            if (find_ends)
                candidates_[bzip2_end_magic >> (16 - shift) & 255] |= static_cast<unsigned char>(1u << shift);
        }
        find_ends_ = find_ends;
    }

    /// The first bit at or after `from` where a magic begins.
    [[nodiscard]] std::optional<std::size_t> find(std::span<unsigned char const> bytes, std::size_t from) const {
        constexpr auto mask = (std::uint64_t{1} << 48) - 1;
        std::uint64_t last_bytes = 0;
        for (std::size_t i = from / 8; i < bytes.size(); ++i) {
            last_bytes = last_bytes << 8 | bytes[i];
            auto const shifts = candidates_[last_bytes >> 16 & 255];
            if (shifts == 0) [[likely]]
                continue;
            for (unsigned shift = 8; shift-- > 0;) {
                if ((shifts >> shift & 1) == 0 || (i + 1) * 8 < from + 48 + shift) continue;
                auto const found = last_bytes >> shift & mask;
                if (found == bzip2_block_magic || (find_ends_ && found == bzip2_end_magic))
                    return (i + 1) * 8 - shift - 48;
            }
        }
        return {};
    }

private:
    std::array<unsigned char, 256> candidates_{};
    bool find_ends_ = true;
};

/// Appends `count` bits of `bytes` from bit `at` on to a string of whole bytes; the last byte is filled with zeros.
inline void append_bits(std::string& out, std::span<unsigned char const> bytes, std::size_t at, std::size_t count) {
    auto const shift = at % 8;
    auto const whole = count / 8;
    auto const start = out.size();
    out.resize(start + whole);
    auto const* from = bytes.data() + at / 8;
    auto* to = reinterpret_cast<unsigned char*>(out.data()) + start;
    if (shift == 0)
        for (std::size_t i = 0; i < whole; ++i) to[i] = from[i];
    else
        for (std::size_t i = 0; i < whole; ++i)
            to[i] = static_cast<unsigned char>(from[i] << shift | from[i + 1] >> (8 - shift));
    if (auto const rest = static_cast<unsigned>(count % 8))
        out.push_back(static_cast<char>(*bits_at(bytes, at + whole * 8, rest) << (8 - rest)));
}

/// Appends the lowest `count` bits of `value` where the last byte of `out` has `used` bits taken (0 = all of them);
/// returns how many the last byte has then.
inline unsigned append_value(std::string& out, unsigned used, std::uint64_t value, unsigned count) {
    while (count-- > 0) {
        if (used == 0) out.push_back('\0');
        if ((value >> count & 1) != 0) out.back() = static_cast<char>(out.back() | 0x80 >> used);
        used = (used + 1) % 8;
    }
    return used;
}
}
