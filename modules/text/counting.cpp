module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import wordmill.stream;
import :blocks;
import :count_runs;
import :count_table;
import :counting;
import :word_key;

namespace wordmill {
struct counted_words::contents {
    count_table table; ///< keeps the bytes of long words
    std::span<count_slot const> by_count;
    std::vector<sorted_run> runs; ///< instead of the table when words were spilled
    merge_budget budget{};
    std::uint64_t types = 0;
    std::uint64_t tokens = 0;
    std::uint64_t largest_count = 0;
    std::uint64_t spilled_runs = 0;
};

namespace {
template <class Contents> generator<counted_word> words_in_memory(std::shared_ptr<Contents const> contents) {
    char space[inline_word_bytes];
    for (auto const& slot : contents->by_count) co_yield counted_word{bytes_of(slot, space), slot.count};
}

using slot_span = std::span<count_slot>;

constexpr auto before = [](count_slot const& a, count_slot const& b) {
    return a.count != b.count ? a.count > b.count : bytes_less(a, b);
};

/// Partitions the slots into `parts` parts of about equal size, so that all words of a part come before those of the
/// next and each part can be sorted by itself. Borders are quantiles of a sample; slots are in hash order, which is as
/// good as random.
generator<slot_span> divide(slot_span slots, unsigned parts) {
    constexpr std::size_t sample_size = 255;
    if (parts < 2 || slots.size() <= sample_size) {
        co_yield slots;
        co_return;
    }
    auto const left = parts / 2;
    std::vector<count_slot> sample;
    for (std::size_t i = 0; i < sample_size; ++i) sample.push_back(slots[i * (slots.size() / sample_size)]);
    auto const border = sample.begin() + static_cast<std::ptrdiff_t>(sample_size * left / parts);
    std::nth_element(sample.begin(), border, sample.end(), before);
    auto const middle =
        std::partition(slots.begin(), slots.end(), [b = *border](count_slot const& slot) { return before(slot, b); });
    auto const size = static_cast<std::size_t>(middle - slots.begin());
    co_yield elements_of(divide(slots.first(size), left));
    co_yield elements_of(divide(slots.subspan(size), parts - left));
}

void sort_by_count(slot_span slots, unsigned threads) {
    auto const sort = [](slot_span part) {
        std::sort(part.begin(), part.end(), before);
        return part.size();
    };
    for ([[maybe_unused]] auto&& sorted : parallel(divide(slots, threads), sort, {.threads = threads})) {}
}

[[nodiscard]] std::uint64_t size_as_run(std::span<count_slot const> slots) noexcept {
    std::uint64_t bytes = 0;
    for (auto const& slot : slots) bytes += slot.size + 3;
    return bytes;
}
}

counted_words::counted_words() = default;

generator<counted_word> counted_words::words() const {
    if (!contents_) return {};
    if (contents_->runs.empty()) return words_in_memory(contents_);
    return merge_runs(contents_->runs, run_order::by_count, contents_->budget);
}
std::uint64_t counted_words::types() const noexcept { return contents_ ? contents_->types : 0; }
std::uint64_t counted_words::tokens() const noexcept { return contents_ ? contents_->tokens : 0; }
std::uint64_t counted_words::largest_count() const noexcept { return contents_ ? contents_->largest_count : 0; }
std::uint64_t counted_words::spilled_runs() const noexcept { return contents_ ? contents_->spilled_runs : 0; }

struct word_counter::state {
    state(count_options o, hash_seed s)
        : options(std::move(o)), seed(s), table(s, options.memory_bytes), writer(options.temporary_folder) {}

    count_options options;
    hash_seed seed;
    count_table table;
    run_writer writer;
    std::uint64_t runs = 0;
    std::uint64_t tokens = 0;
    std::uint64_t pruned = 0;
    std::uint64_t prune_count = 0; ///< the next pruning drops words of at most this count, as word2vec's min_reduce

    void write_run() {
        auto const slots = table.pack();
        std::sort(slots.begin(), slots.end(), [](auto const& a, auto const& b) { return bytes_less(a, b); });
        writer.begin_run(size_as_run(slots));
        char space[inline_word_bytes];
        for (auto const& slot : slots) writer.write(bytes_of(slot, space), slot.count);
        writer.end_run();
        ++runs;
    }
    void spill() {
        write_run();
        table.clear();
    }
    void count(std::string_view word, std::uint64_t times) {
        while (!table.add(word, times)) spill();
    }
    void prune() {
        while (table.types() > options.prune_at) pruned = checked_sum(pruned, table.drop_rare(++prune_count));
    }

    [[nodiscard]] static counted_words from_memory(std::vector<word_counter>& counters);
    [[nodiscard]] static counted_words from_disk(std::vector<word_counter>& counters, std::uint64_t memory_bytes);
};

namespace {
[[nodiscard]] count_options resolved(count_options options) {
    options.memory_bytes = resolve_memory(options.memory_bytes);
    return options;
}
}

word_counter::word_counter(count_options options)
    : state_(std::make_unique<state>(resolved(std::move(options)), fresh_hash_seed())) {}
word_counter::word_counter(std::unique_ptr<state> s) noexcept : state_(std::move(s)) {}
word_counter::word_counter(word_counter&&) noexcept = default;
word_counter& word_counter::operator=(word_counter&&) noexcept = default;
word_counter::~word_counter() = default;

word_counter word_counter::sibling() const {
    return word_counter(std::make_unique<state>(state_->options, state_->seed));
}

void word_counter::add(word_block const& block) {
    auto& s = *state_;
    for (auto at = s.table.add(block, 0); at < block.words.size(); at = s.table.add(block, at)) s.spill();
    s.tokens += block.words.size();
    if (s.options.prune_at != 0 && s.table.types() > s.options.prune_at) s.prune();
}

void word_counter::add(std::string_view word, std::uint64_t count) {
    if (count == 0) return;
    state_->tokens = checked_sum(state_->tokens, count);
    state_->count(word, count);
}

std::uint64_t word_counter::tokens() const noexcept { return state_->tokens; }
std::uint64_t word_counter::memory_bytes() const noexcept { return state_->table.memory_bytes(); }

counted_words word_counter::state::from_memory(std::vector<word_counter>& counters) {
    auto& table = counters.front().state_->table;
    for (std::size_t i = 1; i < counters.size(); ++i) table.merge(std::move(counters[i].state_->table));
    auto const slots = table.pack();
    sort_by_count(slots, static_cast<unsigned>(counters.size()));
    std::uint64_t tokens = 0;
    for (auto const& slot : slots) tokens = checked_sum(tokens, slot.count);
    counted_words result;
    result.contents_ = std::make_shared<counted_words::contents>(
        counted_words::contents{.table = std::move(table),
                                .by_count = slots,
                                .runs = {},
                                .types = slots.size(),
                                .tokens = tokens,
                                .largest_count = slots.empty() ? 0 : slots.front().count});
    return result;
}

counted_words word_counter::state::from_disk(std::vector<word_counter>& counters, std::uint64_t memory_bytes) {
    std::vector<sorted_run> runs;
    for (auto& counter : counters) {
        auto& s = *counter.state_;
        if (s.table.types() > 0) s.write_run();
        s.table.release();
        for (auto& run : std::move(s.writer).finish()) runs.push_back(std::move(run));
    }
    auto const spilled = runs.size();
    merge_budget budget{.memory_bytes = memory_bytes / 2, .folder = counters.front().state_->options.temporary_folder};
    counters.clear();
    runs = reduce_runs(std::move(runs), run_order::by_bytes, budget);
    auto sorted =
        sort_by_count(merge_runs(std::move(runs), run_order::by_bytes, budget), memory_bytes / 2, budget.folder);
    counted_words result;
    result.contents_ = std::make_shared<counted_words::contents>(
        counted_words::contents{.table = count_table({}, 0),
                                .by_count = {},
                                .runs = reduce_runs(std::move(sorted.runs), run_order::by_count, budget),
                                .budget = budget,
                                .types = sorted.types,
                                .tokens = sorted.tokens,
                                .largest_count = sorted.largest_count,
                                .spilled_runs = spilled});
    return result;
}

counted_words combine(std::vector<word_counter> counters) {
    expect(!counters.empty(), "combine needs at least one counter");
    std::uint64_t limit = 0;
    std::uint64_t used = 0;
    std::uint64_t read = 0;
    std::uint64_t pruned = 0;
    bool spilled = false;
    for (auto const& counter : counters) {
        auto const& s = *counter.state_;
        limit += std::min(s.options.memory_bytes, std::numeric_limits<std::uint64_t>::max() - limit);
        used += s.table.memory_bytes();
        read = checked_sum(read, s.tokens);
        pruned = checked_sum(pruned, s.pruned);
        spilled = spilled || s.runs > 0;
    }
    auto const& counts = counters.front().state_->options.counts;
    tally totals = counts;
    totals.drop("token", "pruned", pruned);
    totals.deliver("token", read - pruned);
    // Merging in memory needs at worst all tables and one twice the size of the largest.
    if (!spilled && (counters.size() == 1 || used + 2 * used / counters.size() <= limit))
        return word_counter::state::from_memory(counters);
    return word_counter::state::from_disk(counters, limit);
}

counted_words word_counter::finish() && {
    std::vector<word_counter> one;
    one.push_back(std::move(*this));
    return combine(std::move(one));
}
}
