module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.stream;
import wordmill.text;
import :phrases;

namespace wordmill {
namespace {
constexpr std::uint32_t pair_bytes = 8;

std::uint64_t big_endian(std::uint64_t value) noexcept { return __builtin_bswap64(value); }

struct counting_worker {
    word_counter counter;
    word_block words{};
    word_block pairs{};
    std::vector<token_id> ids{};
    std::uint64_t tokens = 0;
};

/// The pairs of `words` as words of 8 bytes.
void find_pairs(word_block const& words, std::vector<token_id> const& ids, word_block& pairs) {
    pairs.text.resize(ids.size() * pair_bytes);
    pairs.words.clear();
    std::uint32_t at = 0;
    std::size_t begin = 0;
    auto const take_until = [&](std::size_t end) {
        for (auto i = begin; i + 1 < end; ++i) {
            if (ids[i] == no_token || ids[i + 1] == no_token) continue;
            auto const key = big_endian(std::uint64_t{index(ids[i])} << 32 | index(ids[i + 1]));
            std::memcpy(pairs.text.data() + at, &key, sizeof key);
            pairs.words.push_back({at, pair_bytes});
            at += pair_bytes;
        }
        begin = end;
    };
    for (auto const end : words.sentence_ends) take_until(end);
    take_until(ids.size());
}
}

double score_of(phrase_score score, phrase const& counts, std::uint64_t tokens, std::uint64_t min_count) {
    auto const ab = static_cast<double>(counts.count);
    auto const a = static_cast<double>(counts.first_count);
    auto const b = static_cast<double>(counts.second_count);
    auto const n = static_cast<double>(tokens);
    if (counts.count == 0 || counts.count > std::min(counts.first_count, counts.second_count)
        || std::max(counts.first_count, counts.second_count) > tokens || counts.count >= tokens)
        throw error(failure::usage, "a phrase cannot have occurred " + std::to_string(counts.count)
                                        + " times, its words " + std::to_string(counts.first_count) + " and "
                                        + std::to_string(counts.second_count) + " times among "
                                        + std::to_string(tokens));
    switch (score) {
    case phrase_score::mikolov: return (ab - static_cast<double>(min_count)) / a / b * n;
    case phrase_score::pmi: return std::log(ab / a * (n / b));
    case phrase_score::npmi: return std::log(ab / a * (n / b)) / std::log(n / ab);
    }
    return 0;
}

phrase_counts count_phrases(generator<text_block> text, tokenizer split, vocabulary words, count_options options) {
    auto const threads = resolve_threads(options.threads).count;
    // A quarter of the memory is left for the blocks in flight, and for the larger of two tables while they are merged.
    word_counter const first({.memory_bytes = resolve_memory(options.memory_bytes) / 4 * 3 / threads,
                              .temporary_folder = options.temporary_folder});
    auto const work = [&words, split = std::move(split), counts = options.counts,
                       progress = options.progress](counting_worker& worker, text_block&& block) {
        split(std::move(block), worker.words);
        auto const tokens = worker.words.words.size();
        worker.ids.resize(tokens);
        words.look_up(worker.words, worker.ids);
        find_pairs(worker.words, worker.ids, worker.pairs);
        worker.counter.add(worker.pairs);
        worker.tokens += tokens;
        tally(counts).deliver("token", tokens);
        monitor(progress).add_tokens(tokens);
    };
    auto workers =
        reduce_blocks(std::move(text), [&] { return counting_worker{first.sibling()}; }, work, {.threads = threads});
    phrase_counts found;
    std::vector<word_counter> counters;
    for (auto& worker : workers) {
        found.tokens = checked_sum(found.tokens, worker.tokens);
        counters.push_back(std::move(worker.counter));
    }
    workers.clear();
    found.words = std::move(words);
    found.pairs = combine(std::move(counters));
    return found;
}

std::vector<phrase> find_phrases(phrase_counts const& counts, phrase_options const& options, std::uint32_t pass) {
    auto const usual = options.score == phrase_score::mikolov ? 100.0 : options.score == phrase_score::pmi ? 5.0 : 0.5;
    auto const threshold = options.threshold.value_or(usual);
    if (!std::isfinite(threshold)) throw error(failure::usage, "phrases: expected a threshold that is a number");
    std::vector<phrase> found;
    for (auto const& [key, count] : counts.pairs.words()) {
        if (count < options.min_count) break; // the remaining pairs are rarer
        std::uint64_t ids = 0;
        std::memcpy(&ids, key.data(), sizeof ids);
        ids = big_endian(ids);
        auto const a = id_at(ids >> 32), b = id_at(ids & 0xffffffff);
        phrase p{
            .count = count, .first_count = counts.words.count(a), .second_count = counts.words.count(b), .pass = pass};
        p.score = score_of(options.score, p, counts.tokens, options.min_count);
        if (!(p.score > threshold)) continue;
        p.first = counts.words.word(a);
        p.second = counts.words.word(b);
        found.push_back(std::move(p));
    }
    std::ranges::sort(found, [](phrase const& x, phrase const& y) {
        return x.score != y.score ? x.score > y.score : std::tie(x.first, x.second) < std::tie(y.first, y.second);
    });
    return found;
}
}
