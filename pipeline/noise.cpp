module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.text;
import :noise;

namespace wordmill {
struct noise_distribution::tables {
    std::vector<column> columns;
    std::vector<double> probabilities;
    std::size_t drawable = 0;
};

namespace {
/// Neumaier's compensated sum: exact to the last digit for vocabularies of any practical size.
double sum_of(std::span<double const> values) {
    double sum = 0;
    double lost = 0;
    for (auto const v : values) {
        auto const next = sum + v;
        lost += std::abs(sum) >= std::abs(v) ? (sum - next) + v : (v - next) + sum;
        sum = next;
    }
    return sum + lost;
}

/// count^power, relative to the power of the largest or smallest count, so that nothing overflows.
std::vector<double> weights_of(std::span<std::uint64_t const> counts, double power) {
    std::uint64_t best = 0;
    for (auto const c : counts)
        if (c > 0) best = best == 0 ? c : power >= 0 ? std::max(best, c) : std::min(best, c);
    if (best == 0) throw error(failure::bad_data, "noise distribution: expected counts above 0, found none");
    std::vector<double> weights(counts.size());
    for (std::size_t i = 0; i < counts.size(); ++i)
        weights[i] = counts[i] == 0 ? 0 : std::pow(static_cast<double>(counts[i]) / static_cast<double>(best), power);
    return weights;
}
}

noise_distribution::noise_distribution(std::span<std::uint64_t const> counts, noise_options options) {
    if (!std::isfinite(options.power))
        throw error(failure::usage,
                    "noise distribution: expected a finite power, found " + std::to_string(options.power));
    auto t = std::make_shared<tables>();
    t->probabilities = weights_of(counts, options.power);
    auto const sum = sum_of(t->probabilities);
    for (auto& p : t->probabilities) p /= sum;
    t->drawable = static_cast<std::size_t>(std::ranges::count_if(t->probabilities, [](double p) { return p > 0; }));

    // Every column holds a probability of 1 / V: its own type up to the threshold, and beyond it a type whose
    // probability exceeds 1 / V.
    auto const size = counts.size();
    std::vector<double> height(size);
    std::vector<std::uint32_t> low;
    std::vector<std::uint32_t> high;
    for (std::size_t i = 0; i < size; ++i) {
        height[i] = t->probabilities[i] * static_cast<double>(size);
        (height[i] < 1 ? low : high).push_back(static_cast<std::uint32_t>(i));
    }
    t->columns.resize(size);
    while (!low.empty() && !high.empty()) {
        auto const small = low.back();
        auto const large = high.back();
        low.pop_back();
        t->columns[small] = {static_cast<std::uint32_t>(std::min(height[small] * 0x1p32, 0x1p32 - 1)), large};
        height[large] -= 1 - height[small];
        if (height[large] >= 1) continue;
        high.pop_back();
        low.push_back(large);
    }
    for (auto const i : high) t->columns[i] = {~0U, i};
    // Rounding leaves these columns. Their heights are 1 except for the last digits, unless the type is never drawn.
    auto const some = static_cast<std::uint32_t>(std::ranges::max_element(t->probabilities) - t->probabilities.begin());
    for (auto const i : low) t->columns[i] = t->probabilities[i] > 0 ? column{~0U, i} : column{0, some};
    size_ = size;
    columns_ = t->columns.data();
    tables_ = std::move(t);
}

noise_distribution::noise_distribution(vocabulary const& words, noise_options options)
    : noise_distribution(words.counts(), options) {}

double noise_distribution::probability(token_id id) const { return tables_->probabilities.at(index(id)); }
std::size_t noise_distribution::drawable() const noexcept { return tables_->drawable; }

token_id noise_distribution::after(token_id id) const noexcept {
    auto at = index(id);
    do at = at + 1 < size_ ? at + 1 : 0;
    while (tables_->probabilities[at] <= 0);
    return id_at(at);
}
}
