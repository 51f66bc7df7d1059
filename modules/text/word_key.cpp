module;
#include <cstddef>
#include <cstdint>
#include <random>
#define XXH_INLINE_ALL
#include <xxhash.h>
module wordmill.text;
import :word_key;

namespace wordmill {
hash_seed fresh_hash_seed() {
    std::random_device device;
    auto draw = [&] { return std::uint64_t{device()} << 32 | device(); };
    auto const first = draw();
    return {first, draw()};
}

std::uint32_t hash_long_word(char const* bytes, std::size_t size, hash_seed seed) noexcept {
    return static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes, size, seed.first) >> 32);
}
}
