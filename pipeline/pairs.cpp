module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.batch;
import wordmill.core;
import wordmill.text;
import :joined_tokens;
import :pairs;
import :windows;

namespace wordmill {
cooccurrence_pairs::cooccurrence_pairs(window_options options) : options_(std::move(options)) {
    auto const widest = std::max(options_.before(), options_.behind());
    if (widest == 0) throw error(failure::usage, "windows: expected a radius of 1 or more, found 0");
    if (widest > token_pair::most_distance)
        throw error(failure::usage, "co-occurrence: expected a radius of at most "
                                        + std::to_string(token_pair::most_distance) + ", found "
                                        + std::to_string(widest));
}

pair_batch cooccurrence_pairs::operator()(bordered_block const& in, scratch& space) const {
    auto const joined = join_tokens(in, space.joined);
    auto const ids = joined.ids;
    if (!std::ranges::all_of(ids, [](token_id id) { return index(id) < token_pair::most_types; }))
        throw error(failure::usage, "co-occurrence: expected at most " + std::to_string(token_pair::most_types)
                                        + " types: the vocabulary has more");
    std::size_t const left = options_.before();
    std::size_t const right = options_.behind();
    pair_batch out;
    out.both_ways = left == right && !options_.shrink;
    out.pairs.resize(joined.own * (out.both_ways ? right : left + right));
    auto* next = out.pairs.data();
    if (options_.shrink) {
        space.words.resize(joined.own);
        fill_random(options_.key.fold_in(in.block.index), space.words);
    }
    each_sentence(joined, in.block, options_.cross_sentences,
                  [&](std::size_t begin, std::size_t end, std::size_t target, std::size_t stop) {
                      for (; target < stop; ++target) {
                          auto const id = ids[target];
                          if (out.both_ways) {
                              auto const reach = std::min(right, end - target - 1);
                              for (std::size_t d = 1; d <= reach; ++d) {
                                  auto const other = ids[target + d];
                                  *next++ = {std::min(id, other), std::max(id, other), static_cast<std::uint32_t>(d)};
                              }
                              continue;
                          }
                          auto const reach =
                              options_.shrink ? shrunk_radius(space.words[target - joined.first], std::max(left, right))
                                              : std::max(left, right);
                          auto const from = target - std::min({left, reach, target - begin});
                          auto const to = target + std::min({right, reach, end - target - 1});
                          for (auto at = from; at <= to; ++at)
                              if (at != target)
                                  *next++ = {id, ids[at],
                                             static_cast<std::uint32_t>(at < target ? target - at : at - target)};
                      }
                  });
    out.pairs.resize(static_cast<std::size_t>(next - out.pairs.data()));
    return out;
}
}
