module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.text;
import :subsample;

namespace wordmill {
std::vector<double> keep_probabilities(std::span<std::uint64_t const> counts, subsample_options const& options) {
    auto const t = options.threshold;
    if (!(t >= 0) || !std::isfinite(t))
        throw error(failure::usage, "subsampling: expected a threshold of 0 or more, found " + std::to_string(t));
    std::vector<double> keep(counts.size(), 1.0);
    if (t == 0) return keep;
    double total = 0;
    for (auto const c : counts) total += static_cast<double>(c);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0) continue;
        auto const ratio = t * total / static_cast<double>(counts[i]); // t / f
        auto const p = options.rule == subsampling_rule::paper ? std::sqrt(ratio) : std::sqrt(ratio) + ratio;
        keep[i] = std::min(p, 1.0);
    }
    return keep;
}

subsample::subsample(vocabulary const& words, subsample_options options) : options_(std::move(options)) {
    auto const keep = keep_probabilities(words.counts(), options_);
    if (std::ranges::all_of(keep, [](double p) { return p >= 1; })) return;
    std::vector<std::uint32_t> below;
    below.reserve(keep.size());
    for (auto const p : keep) below.push_back(static_cast<std::uint32_t>(p * (0x1p32 - 1)));
    keep_below_ = std::make_shared<std::vector<std::uint32_t> const>(std::move(below));
}

token_block subsample::operator()(token_block block, scratch& space) const {
    auto counts = options_.counts;
    auto const all = block.ids.size();
    counts.read("training token", all);
    if (keep_below_) {
        auto const& below = *keep_below_;
        space.words.resize(all);
        fill_random(options_.key.fold_in(block.index), space.words);
        std::size_t kept = 0;
        std::size_t at = 0;
        auto const keep_until = [&](std::size_t end) {
            for (; at < end; ++at) { // without a branch, because half of the tokens are dropped
                auto const id = block.ids[at];
                block.ids[kept] = id;
                kept += space.words[at] <= below[index(id)] ? 1 : 0;
            }
        };
        for (auto& end : block.sentence_ends) {
            keep_until(end);
            end = static_cast<std::uint32_t>(kept);
        }
        keep_until(all);
        block.ids.resize(kept);
        block.dropped += all - kept;
    }
    counts.deliver("training token", block.ids.size());
    counts.drop("training token", "subsampled", all - block.ids.size());
    return block;
}
}
