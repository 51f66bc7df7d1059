module;
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
module wordmill.core;

namespace wordmill {
namespace {
constexpr std::size_t lanes = 16; // counters computed side by side, so that the compiler uses vector registers

struct counters {
    std::uint32_t a[lanes], b[lanes], c[lanes], d[lanes];
};

[[gnu::always_inline]] inline void run_rounds(counters& x, std::uint64_t key) noexcept {
    auto low = static_cast<std::uint32_t>(key);
    auto high = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
        for (std::size_t i = 0; i < lanes; ++i) {
            std::uint64_t const p = std::uint64_t{0xD2511F53} * x.a[i];
            std::uint64_t const q = std::uint64_t{0xCD9E8D57} * x.c[i];
            x.a[i] = static_cast<std::uint32_t>(q >> 32) ^ x.b[i] ^ low;
            x.b[i] = static_cast<std::uint32_t>(q);
            x.c[i] = static_cast<std::uint32_t>(p >> 32) ^ x.d[i] ^ high;
            x.d[i] = static_cast<std::uint32_t>(p);
        }
        low += 0x9E3779B9;
        high += 0xBB67AE85;
    }
}

[[gnu::always_inline]] inline void fill(std::uint64_t key, std::span<std::uint32_t> words) noexcept {
    counters x;
    for (std::uint64_t block = 0; !words.empty(); block += lanes) {
        for (std::size_t i = 0; i < lanes; ++i) {
            x.a[i] = static_cast<std::uint32_t>(block + i);
            x.b[i] = static_cast<std::uint32_t>((block + i) >> 32);
            x.c[i] = x.d[i] = 0;
        }
        run_rounds(x, key);
        std::array<std::uint32_t, 4 * lanes> out;
        for (std::size_t i = 0; i < lanes; ++i) {
            out[4 * i] = x.a[i];
            out[4 * i + 1] = x.b[i];
            out[4 * i + 2] = x.c[i];
            out[4 * i + 3] = x.d[i];
        }
        auto const size = words.size() < out.size() ? words.size() : out.size();
        for (std::size_t i = 0; i < size; ++i) words[i] = out[i];
        words = words.subspan(size);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) void fill_avx2(std::uint64_t key, std::span<std::uint32_t> words) noexcept {
    fill(key, words);
}
#endif
}

void fill_random(random_key key, std::span<std::uint32_t> words) noexcept {
#if defined(__x86_64__)
    static bool const wide = __builtin_cpu_supports("avx2") != 0;
    if (wide) return fill_avx2(key.bits(), words);
#endif
    fill(key.bits(), words);
}
}
