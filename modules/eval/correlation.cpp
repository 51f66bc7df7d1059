module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <vector>
module wordmill.eval;
import wordmill.core;
import :correlation;

namespace wordmill {
std::vector<double> average_ranks(std::span<double const> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [values](std::size_t i) { return values[i]; });
    std::vector<double> ranks(values.size());
    for (std::size_t first = 0; first < order.size();) {
        auto last = first + 1;
        while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
        auto const mean = static_cast<double>(first + 1 + last) / 2; // of first + 1, ..., last
        for (; first < last; ++first) ranks[order[first]] = mean;
    }
    return ranks;
}

std::optional<double> pearson(std::span<double const> x, std::span<double const> y) {
    expect(x.size() == y.size(), "pearson: as many values on both sides");
    if (x.size() < 2) return std::nullopt;
    auto const mean = [](std::span<double const> v) {
        return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
    };
    auto const mean_x = mean(x), mean_y = mean(y);
    double xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        auto const u = x[i] - mean_x, v = y[i] - mean_y;
        xx += u * u;
        yy += v * v;
        xy += u * v;
    }
    if (!(xx > 0) || !(yy > 0)) return std::nullopt;
    return std::clamp(xy / (std::sqrt(xx) * std::sqrt(yy)), -1.0, 1.0);
}

std::optional<double> spearman(std::span<double const> x, std::span<double const> y) {
    return pearson(average_ranks(x), average_ranks(y));
}
}
