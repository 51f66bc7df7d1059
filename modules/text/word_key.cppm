module wordmill.text:word_key;
import wordmill.standard;

namespace wordmill {
/// The part of a word that the hash tables store. A word of up to 16 bytes *is* its key: `first` and `second` are its
/// bytes as big-endian numbers, padded with zeros, so that comparing numbers compares bytes. A longer word has its
/// first 8 bytes in `first` and the address of all of them in `second`.
struct word_key {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::uint32_t size = 0;
    std::uint32_t tag = 0; ///< the hash
};

inline constexpr std::uint32_t inline_word_bytes = 16;

/// Secret numbers of the hash, drawn anew for every table that may hold words from untrusted sources.
struct hash_seed {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
};

[[nodiscard]] hash_seed fresh_hash_seed();
/// XXH3 for words that do not fit the key.
[[nodiscard]] std::uint32_t hash_long_word(char const* bytes, std::size_t size, hash_seed seed) noexcept;

[[nodiscard]] inline std::uint64_t load_big_endian(char const* bytes) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes, 8);
    return __builtin_bswap64(value);
}

/// One 64 x 64 bit multiplication folded, after wyhash; keyed by the seed on both sides.
[[nodiscard]] inline std::uint32_t hash_short_word(std::uint64_t first, std::uint64_t second, std::uint32_t size,
                                                   hash_seed seed) noexcept {
    auto const product = static_cast<unsigned __int128>(first ^ seed.first) * (second ^ (seed.second + size));
    return static_cast<std::uint32_t>((static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product))
                                      >> 32);
}

/// Bits of the two numbers that a word of `size` bytes fills.
struct key_mask {
    std::uint64_t first;
    std::uint64_t second;
};
struct key_mask_table {
    key_mask of_size[inline_word_bytes + 1];
    constexpr key_mask_table() : of_size{} {
        for (unsigned size = 1; size <= inline_word_bytes; ++size) {
            of_size[size].first = size >= 8 ? ~0ULL : ~0ULL << (64 - 8 * size);
            of_size[size].second = size <= 8 ? 0 : ~0ULL << (128 - 8 * size);
        }
    }
};
inline constexpr key_mask_table key_masks{};

/// The key of the word at `bytes`; `end` is where readable memory ends. The word is not empty.
[[nodiscard]] inline word_key key_of(char const* bytes, std::uint32_t size, char const* end, hash_seed seed) noexcept {
    word_key key;
    key.size = size;
    if (size > inline_word_bytes) [[unlikely]] {
        key.first = load_big_endian(bytes);
        key.second = reinterpret_cast<std::uint64_t>(bytes);
        key.tag = hash_long_word(bytes, size, seed);
        return key;
    }
    char padded[inline_word_bytes];
    if (end - bytes < static_cast<std::ptrdiff_t>(inline_word_bytes)) [[unlikely]] {
        std::memset(padded, 0, sizeof padded);
        std::memcpy(padded, bytes, size);
        bytes = padded;
    }
    auto const& mask = key_masks.of_size[size];
    key.first = load_big_endian(bytes) & mask.first;
    key.second = load_big_endian(bytes + 8) & mask.second;
    key.tag = hash_short_word(key.first, key.second, size, seed);
    return key;
}

/// Whether two keys are the same word. `Stored` has the members of a `word_key`.
template <class Stored> [[nodiscard]] inline bool same_word(Stored const& stored, word_key const& key) noexcept {
    if (stored.size != key.size || stored.first != key.first) return false;
    if (stored.second == key.second) return true;
    return key.size > inline_word_bytes && stored.tag == key.tag
           && std::memcmp(reinterpret_cast<char const*>(stored.second), reinterpret_cast<char const*>(key.second),
                          key.size)
                  == 0;
}

/// The bytes of a stored word; a short one is unpacked into `space`.
template <class Stored>
[[nodiscard]] inline std::string_view bytes_of(Stored const& stored, char (&space)[inline_word_bytes]) noexcept {
    if (stored.size > inline_word_bytes) return {reinterpret_cast<char const*>(stored.second), stored.size};
    auto const first = __builtin_bswap64(stored.first);
    auto const second = __builtin_bswap64(stored.second);
    std::memcpy(space, &first, 8);
    std::memcpy(space + 8, &second, 8);
    return {space, stored.size};
}

/// Byte order of two stored words.
template <class Stored> [[nodiscard]] inline bool bytes_less(Stored const& a, Stored const& b) noexcept {
    if (a.first != b.first) return a.first < b.first;
    if (a.size <= inline_word_bytes && b.size <= inline_word_bytes)
        return a.second != b.second ? a.second < b.second : a.size < b.size;
    char space_a[inline_word_bytes];
    char space_b[inline_word_bytes];
    return bytes_of(a, space_a) < bytes_of(b, space_b);
}

/// The slot where the search for `tag` begins, in a table of `capacity` slots: tables of any size, in tag order.
[[nodiscard]] inline std::size_t home_slot(std::uint32_t tag, std::size_t capacity) noexcept {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(tag) * capacity) >> 32);
}
}
