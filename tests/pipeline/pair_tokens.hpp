#pragma once
// The including file imports wordmill.core, stream and text first.
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// Pairs of ids made at random: sources of 1 to 20 tokens, targets of 0 to 12.
inline std::vector<std::pair<std::vector<wordmill::token_id>, std::vector<wordmill::token_id>>>
random_pairs(std::size_t count, std::uint64_t seed = 3) {
    auto random = wordmill::random_key(seed).engine();
    auto const side = [&](std::uint64_t least, std::uint64_t most) {
        std::vector<wordmill::token_id> ids(static_cast<std::size_t>(least + random.below(most - least + 1)));
        for (auto& id : ids) id = wordmill::id_at(static_cast<std::size_t>(10 + random.below(90)));
        return ids;
    };
    std::vector<std::pair<std::vector<wordmill::token_id>, std::vector<wordmill::token_id>>> pairs;
    for (std::size_t i = 0; i < count; ++i) {
        auto source = side(1, 20);
        pairs.emplace_back(std::move(source), side(0, 12));
    }
    return pairs;
}

/// Blocks of `size` pairs from position `from` on; positions count records and blocks.
template <class Pairs> wordmill::generator<wordmill::token_pair_block> pair_stream(Pairs pairs, std::size_t size,
                                                                                   wordmill::position from = {}) {
    auto at = from;
    while (at.record < pairs.size()) {
        wordmill::token_pair_block block;
        block.start = at;
        block.index = at.block;
        block.first_sentence = at.record;
        for (std::size_t n = 0; n < size && at.record < pairs.size(); ++n, ++at.record) {
            auto const& [source, target] = pairs[at.record];
            for (auto const* side : {&source, &target}) {
                block.ids.insert(block.ids.end(), side->begin(), side->end());
                block.ends.push_back(static_cast<std::uint32_t>(block.ids.size()));
            }
            block.pairs.push_back(at.record);
        }
        ++at.block;
        block.next = at;
        co_yield std::move(block);
    }
}
