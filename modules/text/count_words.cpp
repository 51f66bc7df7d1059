module;
#include <cstdint>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.stream;
import :blocks;
import :counting;
import :tokenizer;

namespace wordmill {
namespace {
struct counting_worker {
    word_counter counter;
    word_block words{}; ///< its buffers are reused for every block
};
}

counted_words count_words(generator<text_block> text, tokenizer words, count_options options) {
    auto const threads = options.prune_at != 0 ? 1 : resolve_threads(options.threads).count;
    auto of_worker = options;
    // A quarter of the memory is left for the blocks in flight, and for the larger of two tables while they are merged.
    of_worker.memory_bytes = resolve_memory(options.memory_bytes) / 4 * 3 / threads;
    word_counter const first(of_worker);
    auto workers = reduce_blocks(
        std::move(text), [&] { return counting_worker{first.sibling()}; },
        [words = std::move(words), progress = options.progress](counting_worker& worker, text_block&& block) {
            words(std::move(block), worker.words);
            worker.counter.add(worker.words);
            monitor(progress).add_tokens(worker.words.words.size());
        },
        {.threads = threads});
    std::vector<word_counter> counters;
    for (auto& worker : workers) counters.push_back(std::move(worker.counter));
    workers.clear();
    return combine(std::move(counters));
}
}
