module;
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>
module wordmill.recipes;
import :corpus;
import :phrases;
import :run_options;
import :running;
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
learned_phrases learn_phrases(any_corpus const& corpus, phrase_recipe const& how, run_options const& run) {
    constexpr std::uint32_t most_passes = 64;
    if (how.passes < 1 || how.passes > most_passes)
        throw error(failure::usage, "phrases: expected 1 to " + std::to_string(most_passes) + " passes, found "
                                        + std::to_string(how.passes));
    check_passes(corpus, 2 * std::uint64_t{how.passes});
    auto const threads = resolve_threads(run.threads).count;
    auto const memory = resolve_memory(run.memory_bytes);
    learned_phrases learned{.table = phrase_table({}, how.delimiter), .counts = {}};
    std::vector<phrase> found;
    for (std::uint32_t pass = 1; pass <= how.passes; ++pass) {
        auto const text = [&] [[clang::coro_wrapper]] (tally const& counts) {
            return timed(corpus.text({.threads = threads, .watch = run.watch, .counts = counts}), run.watch);
        };
        auto const split = [&](tally const& counts) {
            return join_phrases(corpus.split(counts), learned.table, counts);
        };
        count_options counting{.memory_bytes = memory / 2,
                               .threads = threads,
                               .temporary_folder = how.temporary_folder,
                               .counts = {},
                               .progress = run.watch};
        vocabulary const words(count_words(text(counting.counts), split(counting.counts), counting),
                               {.min_count = how.scoring.min_count});
        learned.counts = counting.counts = tally();
        auto const pairs = count_phrases(text(counting.counts), split(counting.counts), words, counting);
        auto more = find_phrases(pairs, how.scoring, pass);
        detail::tell(run.on_message, format_count(pairs.pairs.types()) + " pairs of " + format_count(words.size())
                                         + " words, " + format_count(more.size()) + " phrases in pass "
                                         + std::to_string(pass));
        if (more.empty()) break;
        found.insert(found.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
        learned.table = phrase_table(found, how.delimiter);
    }
    return learned;
}
}
