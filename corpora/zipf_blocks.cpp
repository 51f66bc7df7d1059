module;
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>
module wordmill.corpora;
import :zipf_blocks;
import wordmill.core;

namespace wordmill::detail {
namespace {
/// Twice the rank (from 1) in the middle of a block of 64.
constexpr std::uint64_t twice_middle(std::uint64_t first) noexcept { return 2 * first + 65; }
}

std::pair<std::uint64_t, zone> zipf_blocks::block_of(std::uint64_t rank) const noexcept {
    auto const behind = std::upper_bound(zone_first.begin(), zone_first.end(), rank);
    auto const where = static_cast<zone>(behind - zone_first.begin() - 1);
    auto const begin = *std::prev(behind);
    auto const first = begin + (rank - begin) / block_size(where) * block_size(where);
    if (first + block_size(where) > types_) return {rank, zone::single};
    return {first, where};
}

double zipf_blocks::block_weight(std::uint64_t first_rank, zone where) const noexcept {
    if (where == zone::tail) return 64 * std::pow(static_cast<double>(twice_middle(first_rank)) / 2, -exponent_);
    if (where == zone::target) return target_weight_;
    double sum = 0;
    for (std::uint64_t i = 0; i < block_size(where); ++i) sum += weight(first_rank + i);
    return sum;
}

std::uint64_t zipf_blocks::draw_in_run(slot const& run, random_engine& rng) const noexcept {
    std::uint64_t const highest = twice_middle(run.first);
    for (;;) {
        std::uint64_t const first = run.first + 64 * (std::uint64_t{rng()} * run.blocks >> 32);
        std::uint64_t const random = rng();
        if (exponent_ == 1.0) { // exact in integers
            if (random * twice_middle(first) < highest << 32) return first;
        } else {
            auto const ratio = static_cast<double>(highest) / static_cast<double>(twice_middle(first));
            if (static_cast<double>(random) < std::pow(ratio, exponent_) * 0x1p32) return first;
        }
    }
}

zipf_blocks::zipf_blocks(std::uint64_t types, double exponent) : types_(types), exponent_(exponent) {
    constexpr auto target_first = zone_first[static_cast<std::size_t>(zone::target)];
    for (std::uint64_t i = 0; i < block_size(zone::target); ++i) target_weight_ += weight(target_first + i);
    std::vector<double> weights;
    for (std::uint64_t rank = 0; rank < types;) {
        auto const [first, where] = block_of(rank);
        std::uint64_t blocks = 1;
        if (where == zone::tail) blocks = std::clamp<std::uint64_t>(first / 1024, 1, (types - first) / 64);
        double sum = 0;
        for (std::uint64_t b = 0; b < blocks; ++b) sum += block_weight(first + 64 * b, where);
        weights.push_back(sum);
        slots_.push_back({.first = first, .blocks = static_cast<std::uint32_t>(blocks), .where = where});
        total_ += sum;
        rank = first + blocks * block_size(where);
    }
    // Unused slots pad the table to a power of two (at least 2, so that the shift is below 32).
    std::size_t const size = std::max<std::size_t>(2, std::bit_ceil(slots_.size()));
    shift_ = 32 - static_cast<unsigned>(std::countr_zero(size));
    mask_ = (std::uint32_t{1} << shift_) - 1;
    slots_.resize(size);
    weights.resize(size, 0.0);

    std::vector<std::size_t> poor, rich;
    for (std::size_t i = 0; i < size; ++i) {
        weights[i] *= static_cast<double>(size) / total_;
        (weights[i] < 1 ? poor : rich).push_back(i);
    }
    std::uint32_t const whole = 1U << (shift_ - 3);
    for (auto& s : slots_) s.threshold = whole;
    while (!poor.empty() && !rich.empty()) {
        auto const low = poor.back(), high = rich.back();
        poor.pop_back();
        slots_[low].threshold = static_cast<std::uint32_t>(std::llround(weights[low] * whole));
        slots_[low].alias = static_cast<std::uint16_t>(high);
        weights[high] -= 1 - weights[low];
        if (weights[high] < 1) {
            rich.pop_back();
            poor.push_back(high);
        }
    }
}
}
