module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>
module wordmill.stream;
import wordmill.core;

namespace wordmill::detail {
void check_weights(std::span<double const> weights, std::size_t sources) {
    if (weights.empty()) return;
    if (weights.size() != sources)
        throw error(failure::usage, "interleave: expected a weight for each of " + std::to_string(sources)
                                        + " sources, found " + std::to_string(weights.size()));
    double sum = 0;
    for (auto w : weights) {
        if (!(w >= 0) || !std::isfinite(w))
            throw error(failure::usage, "interleave: expected weights of at least 0, found " + std::to_string(w));
        sum += w;
    }
    if (!(sum > 0) || !std::isfinite(sum))
        throw error(failure::usage, "interleave: expected weights with a sum above 0, found " + std::to_string(sum));
}

std::size_t choose_source(std::vector<bool> const& live, std::span<double const> weights, random_key key,
                          std::uint64_t draw, std::size_t turn) {
    std::size_t const n = live.size();
    if (weights.empty()) {
        while (!live[turn]) turn = (turn + 1) % n;
        return turn;
    }
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
        if (live[i]) sum += weights[i];
    double left = key.fold_in(draw).engine().uniform_double() * sum;
    std::size_t last = n;
    for (std::size_t i = 0; i < n; ++i) {
        if (!live[i]) continue;
        last = i; // rounding may leave a little after the last one
        left -= weights[i];
        if (left < 0) break;
    }
    return last;
}
}
