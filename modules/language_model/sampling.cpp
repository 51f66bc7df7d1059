module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.language_model;
import wordmill.core;
import :sampling;

namespace wordmill {
namespace {
using weighted = std::pair<double, token_id>;
/// Whether a is likelier than b, or as likely with a lower id.
bool before(weighted const& a, weighted const& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
}
}

token_sampler::token_sampler(sampling_options options) : options_(std::move(options)) {
    if (!(options_.temperature >= 0) || !std::isfinite(options_.temperature))
        throw error(failure::usage,
                    "sampling: expected a temperature of 0 or more, found " + std::to_string(options_.temperature));
    if (!(options_.top_p > 0 && options_.top_p <= 1))
        throw error(failure::usage,
                    "sampling: expected top-p above 0, 1 at most, found " + std::to_string(options_.top_p));
    std::ranges::sort(options_.skipped);
}

token_id token_sampler::sample(std::span<float const> logits, double uniform) {
    left_.clear();
    for (std::size_t i = 0; i < logits.size(); ++i) {
        if (std::isnan(logits[i])) throw error(failure::bad_data, "sampling: a logit is not a number");
        if (!std::ranges::binary_search(options_.skipped, id_at(i)))
            left_.emplace_back(static_cast<double>(logits[i]), id_at(i));
    }
    if (left_.empty()) throw error(failure::bad_data, "sampling: expected a token that is not skipped, found none");
    auto const likeliest = *std::ranges::min_element(left_, before);
    if (options_.temperature == 0) return likeliest.second;
    if (options_.top_k > 0 && options_.top_k < left_.size()) {
        auto const k = left_.begin() + static_cast<std::ptrdiff_t>(options_.top_k);
        std::ranges::nth_element(left_, k, before);
        left_.erase(k, left_.end());
        std::ranges::sort(left_, {}, &weighted::second);
    }
    double sum = 0;
    for (auto& [weight, token] : left_) {
        weight = weight == likeliest.first ? 1 : std::exp((weight - likeliest.first) / options_.temperature);
        sum += weight;
    }
    if (options_.top_p < 1) {
        std::ranges::sort(left_, before);
        double reached = 0;
        std::size_t kept = 0;
        while (kept < left_.size() && reached < options_.top_p * sum) reached += left_[kept++].first;
        left_.resize(std::max<std::size_t>(kept, 1));
        sum = reached;
    }
    auto const wanted = uniform * sum;
    double reached = 0;
    for (auto const& [weight, token] : left_) {
        reached += weight;
        if (wanted < reached) return token;
    }
    return likeliest.second; // reached only through rounding
}
}
