module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.stream;
import :blocks;
import :counting;
import :pair_blocks;
import :pair_counting;
import :tokenizer;

namespace wordmill {
namespace {
struct pair_worker {
    word_counter source;
    word_counter target;
    word_block words{}; ///< its buffers are reused, as those of `text`
    text_block text{};
};

void count_side(pair_worker& worker, word_counter& counter, text_pair_block const& block, pair_side side,
                tokenizer const& split, monitor progress) {
    static_cast<block_header&>(worker.text) = block;
    worker.text.text.clear();
    for (std::size_t i = 0; i < block.size(); ++i)
        append_side(side == pair_side::source ? block.source(i) : block.target(i), worker.text.text);
    split(std::move(worker.text), worker.words);
    counter.add(worker.words);
    progress.add_tokens(worker.words.words.size());
}

/// The workers after a pass, each of which has at most 1 / `counters` of the memory for one counter.
std::vector<pair_worker> count_pairs(generator<text_pair_block> pairs, tokenizer source, tokenizer target,
                                     count_options const& options, bool shared) {
    auto const threads = options.prune_at != 0 ? 1 : resolve_threads(options.threads).count;
    auto of_worker = options;
    // A quarter of the memory is left for the blocks in flight, and for the larger of two tables while they are merged.
    of_worker.memory_bytes = resolve_memory(options.memory_bytes) / 4 * 3 / threads / (shared ? 1 : 2);
    word_counter const first(of_worker);
    word_counter const second(of_worker);
    return reduce_blocks(
        std::move(pairs), [&] { return pair_worker{first.sibling(), second.sibling()}; },
        [source = std::move(source), target = std::move(target), shared, options](pair_worker& worker,
                                                                                  text_pair_block&& block) {
            count_side(worker, worker.source, block, pair_side::source, source, options.progress);
            count_side(worker, shared ? worker.source : worker.target, block, pair_side::target, target,
                       options.progress);
            tally(options.counts).deliver("pair", block.size());
        },
        {.threads = threads});
}

counted_words combined(std::vector<pair_worker>& workers, word_counter pair_worker::* counter) {
    std::vector<word_counter> counters;
    for (auto& worker : workers) counters.push_back(std::move(worker.*counter));
    return combine(std::move(counters));
}
}

void append_side(std::string_view side, std::string& text) {
    auto const begin = static_cast<std::ptrdiff_t>(text.size());
    text += side;
    std::replace(text.begin() + begin, text.end(), '\n', ' ');
    text += '\n';
}

pair_counts count_pair_words(generator<text_pair_block> pairs, tokenizer source, tokenizer target,
                             count_options options) {
    auto workers = count_pairs(std::move(pairs), std::move(source), std::move(target), options, false);
    pair_counts out;
    out.source = combined(workers, &pair_worker::source);
    out.target = combined(workers, &pair_worker::target);
    return out;
}

counted_words count_shared_words(generator<text_pair_block> pairs, tokenizer source, tokenizer target,
                                 count_options options) {
    auto workers = count_pairs(std::move(pairs), std::move(source), std::move(target), options, true);
    return combined(workers, &pair_worker::source);
}
}
