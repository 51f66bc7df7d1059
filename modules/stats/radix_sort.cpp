module;
#include "wordmill/cuda/pairs_on_device.hpp"
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.compute;
import :radix_sort;

namespace wordmill {
namespace {
constexpr unsigned most_digit_bits = 9;
constexpr std::size_t line = 8; // keys of a cache line

/// Buffers the writes to a bucket by cache line, so that fewer pages are touched at once.
struct alignas(64) bucket_buffer {
    std::uint64_t keys[line];
};

void sort_by_digit(std::span<std::uint64_t const> from, std::uint64_t* to, std::vector<bucket_buffer>& buffers,
                   std::span<std::size_t> ends, unsigned shift, std::uint64_t mask) {
    std::array<unsigned char, std::size_t{1} << most_digit_bits> filled{};
    for (auto const key : from) {
        auto const digit = key >> shift & mask;
        auto& buffer = buffers[digit];
        buffer.keys[filled[digit]++] = key;
        if (filled[digit] == line) {
            std::memcpy(to + ends[digit], buffer.keys, sizeof buffer.keys);
            ends[digit] += line;
            filled[digit] = 0;
        }
    }
    for (std::size_t digit = 0; digit <= mask; ++digit)
        std::copy_n(buffers[digit].keys, filled[digit], to + ends[digit]);
}
}

void radix_sort(std::span<std::uint64_t> keys, std::span<std::uint64_t> space, unsigned low, unsigned high) {
    expect(space.size() >= keys.size() && low <= high && high <= 64, "a radix sort needs as much space as keys");
    if (low == high || keys.size() < 2) return;
    auto const passes = (high - low + most_digit_bits - 1) / most_digit_bits;
    auto const bits = (high - low + passes - 1) / passes;
    std::vector<bucket_buffer> buffers(std::size_t{1} << bits);
    auto const mask_of = [&](unsigned shift) { return (std::uint64_t{1} << std::min(bits, high - shift)) - 1; };
    std::vector<std::vector<std::size_t>> counts(passes);
    for (unsigned p = 0; p < passes; ++p) counts[p].resize(std::size_t{1} << bits);
    for (auto const key : keys)
        for (unsigned p = 0; p < passes; ++p) ++counts[p][key >> (low + p * bits) & mask_of(low + p * bits)];
    auto from = keys;
    auto to = space.first(keys.size());
    for (unsigned p = 0; p < passes; ++p) {
        auto const shift = low + p * bits;
        auto& ends = counts[p];
        if (std::ranges::find(ends, keys.size()) != ends.end()) continue; // all keys have the same digit
        std::size_t sum = 0;
        for (auto& n : ends) sum += std::exchange(n, sum);
        sort_by_digit(from, to.data(), buffers, ends, shift, mask_of(shift));
        std::swap(from, to);
    }
    if (from.data() != keys.data()) std::ranges::copy(from, keys.begin());
}

void sort_keys(std::span<std::uint64_t> keys, unsigned low, unsigned high, compute_device device) {
    expect(low <= high && high <= 64, "a key has 64 bits");
    if (takes_cuda(device, keys.size() * 3 * sizeof(std::uint64_t)))
        return on_cuda([&] { cuda::sort_keys(keys.data(), keys.size(), low, high); });
    std::vector<std::uint64_t> space(keys.size());
    radix_sort(keys, space, low, high);
}
}
