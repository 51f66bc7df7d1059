#pragma once
// The including file imports wordmill.core, stream, text and pipeline first.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

inline std::vector<wordmill::token_id> ids(std::initializer_list<std::uint32_t> numbers) {
    std::vector<wordmill::token_id> out;
    for (auto n : numbers) out.push_back(wordmill::token_id{n});
    return out;
}

/// A stream of ids cut into blocks of `size`; sentences end after the tokens numbered in `ends`.
inline std::vector<wordmill::token_block> cut(std::vector<wordmill::token_id> const& all,
                                              std::vector<std::size_t> const& ends, std::size_t size) {
    std::vector<wordmill::token_block> blocks;
    for (std::size_t begin = 0; begin < all.size(); begin += size) {
        wordmill::token_block block;
        auto const end = std::min(begin + size, all.size());
        block.ids.assign(all.begin() + static_cast<std::ptrdiff_t>(begin),
                         all.begin() + static_cast<std::ptrdiff_t>(end));
        for (auto e : ends)
            if (e > begin && e <= end) block.sentence_ends.push_back(static_cast<std::uint32_t>(e - begin));
        block.index = blocks.size();
        block.continued = block.sentence_ends.empty() || block.sentence_ends.back() != block.ids.size();
        blocks.push_back(std::move(block));
    }
    return blocks;
}

inline wordmill::generator<wordmill::token_block> stream_of(std::vector<wordmill::token_block> blocks) {
    for (auto& block : blocks) co_yield std::move(block);
}
