module;
#include "wordmill/cuda/edges.hpp"
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.batch;
import wordmill.core;
import wordmill.stream;
import wordmill.text;
import :kept_borders;
import :subsample;
import :windows;

namespace wordmill {
namespace {
/// The edges of the blocks of `source`, which themselves wait in `blocks`.
generator<token_block> edges_of(generator<token_block> source, subsample const& keeps, window_options const& options,
                                std::deque<token_block>& blocks) {
    for (auto&& block : source) {
        auto edges = edges_of_block(block, keeps, options);
        blocks.push_back(std::move(block));
        co_yield std::move(edges);
    }
}
}

token_block edges_of_block(block_header const& header, std::span<token_id const> first, std::span<token_id const> last,
                           bool ends_sentence, std::uint64_t tokens) {
    token_block out;
    static_cast<block_header&>(out) = header;
    out.ids.assign(first.begin(), first.end());
    out.ids.insert(out.ids.end(), last.begin(), last.end());
    if (ends_sentence) out.sentence_ends.push_back(static_cast<std::uint32_t>(first.size()));
    out.dropped = tokens - out.ids.size();
    return out;
}

token_block edges_of_block(token_block const& block, subsample const& keeps, window_options const& options) {
    auto const ids = [](std::vector<token_id>& of) { return reinterpret_cast<std::uint32_t*>(of.data()); };
    auto const below = keeps.keep_below();
    std::vector<token_id> first(options.behind());
    std::vector<token_id> last(options.before());
    auto const found = cuda::find_edges(
        {.ids = reinterpret_cast<std::uint32_t const*>(block.ids.data()),
         .sentence_ends = block.sentence_ends.data(),
         .count = static_cast<std::uint32_t>(block.ids.size()),
         .sentences = options.cross_sentences ? 0 : static_cast<std::uint32_t>(block.sentence_ends.size())},
        {.below = below.empty() ? nullptr : below.data(), .key = keeps.options().key.fold_in(block.index).bits()},
        options.behind(), ids(first), options.before(), ids(last));
    return edges_of_block(block, std::span(first).first(found.first), std::span(last).first(found.last),
                          !block.sentence_ends.empty(), block.ids.size() + block.dropped);
}

generator<bordered_block> with_kept_borders(generator<token_block> source, subsample keeps, window_options options,
                                            border_state from) {
    std::deque<token_block> blocks;
    for (auto&& edges : with_borders(edges_of(std::move(source), keeps, options, blocks), options, std::move(from))) {
        edges.block = std::move(blocks.front());
        blocks.pop_front();
        co_yield std::move(edges);
    }
}
}
