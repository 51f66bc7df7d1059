module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import :blocks;
import :count_table;
import :word_key;

namespace wordmill {
namespace {
constexpr std::size_t least_capacity = 1024;
constexpr std::size_t least_mapping = std::size_t{1} << 20;
constexpr std::size_t least_limit = std::size_t{64} << 10;
constexpr std::size_t least_chunk = 4096;
constexpr std::size_t most_chunk = std::size_t{1} << 20;

/// A fuller table needs long probes; at 5/8 a search looks at about two slots.
constexpr std::size_t types_for(std::size_t capacity) { return capacity / 8 * 5; }
}

char const* word_arena::keep(std::string_view bytes) {
    if (bytes.size() > left_) {
        auto const size = chunk_bytes(bytes.size());
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
        free_ = chunks_.back().get();
        left_ = size;
        memory_bytes_ += size;
    }
    auto* const kept = free_;
    std::memcpy(kept, bytes.data(), bytes.size());
    free_ += bytes.size();
    left_ -= bytes.size();
    return kept;
}

std::size_t word_arena::chunk_bytes(std::size_t bytes) const noexcept {
    return std::max(bytes, std::clamp(memory_bytes_ / 4, least_chunk, most_chunk));
}

std::size_t word_arena::growth(std::size_t bytes) const noexcept { return bytes <= left_ ? 0 : chunk_bytes(bytes); }

void word_arena::clear() noexcept {
    chunks_.clear();
    free_ = nullptr;
    left_ = memory_bytes_ = 0;
}

void word_arena::adopt(word_arena&& other) {
    chunks_.insert(chunks_.end(), std::make_move_iterator(other.chunks_.begin()),
                   std::make_move_iterator(other.chunks_.end()));
    memory_bytes_ += other.memory_bytes_;
    other.clear();
}

slot_array::slot_array(std::size_t capacity) : size_(capacity) {
    auto const bytes = checked_product(capacity, sizeof(count_slot));
    if (bytes < least_mapping) {
        small_ = std::make_unique<count_slot[]>(capacity);
        return;
    }
    try {
        mapped_ = mapped_memory(bytes, "word counts");
    } catch (error const&) {
        throw std::bad_alloc(); // what a table that cannot grow recovers from
    }
}

count_table::count_table(hash_seed seed, std::size_t memory_limit)
    : seed_(seed),
      memory_limit_(std::max(memory_limit, least_limit)),
      slots_(least_capacity),
      most_types_(types_for(least_capacity)) {}

std::size_t count_table::memory_bytes() const noexcept {
    return slots_.size() * sizeof(count_slot) + arena_.memory_bytes();
}

bool count_table::make_room(std::size_t more_types, std::size_t more_long_bytes) {
    auto const arena_growth = arena_.growth(more_long_bytes);
    if (types_ + more_types <= most_types_
        && (memory_bytes() + arena_growth <= memory_limit_ || arena_growth == 0 || types_ == 0))
        return true;
    if (types_ + more_types > most_types_) {
        auto capacity = slots_.size();
        while (types_for(capacity) < types_ + more_types) capacity *= 2;
        // The old table exists until the new one is filled.
        if (types_ > 0 && memory_bytes() + arena_growth + capacity * sizeof(count_slot) > memory_limit_) return false;
        try {
            grow(capacity);
        } catch (std::bad_alloc const&) {
            if (types_ == 0) throw;
            return false; // the system grants less than the limit allows: continue with what there is
        }
    }
    return types_ == 0 || memory_bytes() + arena_growth <= memory_limit_;
}

void count_table::grow(std::size_t capacity) {
    slot_array larger(capacity);
    auto* const to = larger.data();
    for (auto const& slot : std::span(slots_.data(), slots_.size())) {
        if (slot.size == 0) continue;
        auto at = home_slot(slot.tag, capacity);
        while (to[at].size != 0) at = at + 1 == capacity ? 0 : at + 1;
        to[at] = slot;
    }
    slots_ = std::move(larger);
    most_types_ = types_for(capacity);
}

inline count_slot* count_table::find(word_key const& key) noexcept {
    auto const capacity = slots_.size();
    auto* const slots = slots_.data();
    auto at = home_slot(key.tag, capacity);
    while (slots[at].size != 0 && !same_word(slots[at], key)) at = at + 1 == capacity ? 0 : at + 1;
    return slots + at;
}

inline void count_table::insert(count_slot& slot, word_key const& key, std::uint64_t count) {
    auto second = key.second;
    if (key.size > inline_word_bytes)
        second = reinterpret_cast<std::uint64_t>(arena_.keep({reinterpret_cast<char const*>(key.second), key.size}));
    slot = {.first = key.first, .second = second, .count = count, .size = key.size, .tag = key.tag};
    ++types_;
}

std::size_t count_table::add(word_block const& block, std::size_t from) {
    constexpr std::size_t batch = 32; // far enough ahead to hide a cache miss, small enough to stay in L1
    word_key keys[batch];
    auto const* const text = block.text.data();
    auto const* const end = text + block.text.size();
    auto const words = std::span(block.words);
    for (auto at = from; at < words.size();) {
        auto const n = std::min(batch, words.size() - at);
        auto const* const slots = slots_.data();
        auto const capacity = slots_.size();
        std::size_t long_bytes = 0;
        for (std::size_t i = 0; i < n; ++i) {
            auto const word = words[at + i];
            expect(word.size > 0, "a tokeniser made an empty word");
            keys[i] = key_of(text + word.begin, word.size, end, seed_);
            if (word.size > inline_word_bytes) [[unlikely]]
                long_bytes += word.size;
            __builtin_prefetch(slots + home_slot(keys[i].tag, capacity), 1);
        }
        bool const one_by_one = !make_room(n, long_bytes);
        for (std::size_t i = 0; i < n; ++i) {
            auto* const slot = find(keys[i]);
            if (slot->size != 0) {
                ++slot->count;
                continue;
            }
            if (one_by_one) {
                if (!make_room(1, keys[i].size > inline_word_bytes ? keys[i].size : 0)) return at + i;
                insert(*find(keys[i]), keys[i], 1);
            } else {
                insert(*slot, keys[i], 1);
            }
        }
        at += n;
    }
    return words.size();
}

bool count_table::add(std::string_view word, std::uint64_t count) {
    expect(!word.empty(), "an empty word cannot be counted");
    expect(word.size() <= std::numeric_limits<std::uint32_t>::max(), "a word is smaller than 4 GiB");
    auto const key = key_of(word.data(), static_cast<std::uint32_t>(word.size()), word.data() + word.size(), seed_);
    auto* slot = find(key);
    if (slot->size == 0) {
        if (!make_room(1, key.size > inline_word_bytes ? key.size : 0)) return false;
        insert(*find(key), key, count);
    } else {
        slot->count = checked_sum(slot->count, count);
    }
    return true;
}

void count_table::merge(count_table&& other) {
    expect(seed_.first == other.seed_.first && seed_.second == other.seed_.second, "merged tables share their seed");
    if (types_ < other.types_) std::swap(*this, other);
    for (auto const& from : std::span(other.slots_.data(), other.slots_.size())) {
        if (from.size == 0) continue;
        auto* slot = find({from.first, from.second, from.size, from.tag});
        if (slot->size != 0) {
            slot->count = checked_sum(slot->count, from.count);
            continue;
        }
        if (types_ == most_types_) {
            grow(slots_.size() * 2);
            slot = find({from.first, from.second, from.size, from.tag});
        }
        *slot = from;
        ++types_;
    }
    arena_.adopt(std::move(other.arena_));
    other.release();
}

std::span<count_slot> count_table::pack() noexcept {
    auto* const slots = slots_.data();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i)
        if (slots[i].size != 0) slots[kept++] = slots[i];
    return {slots, kept};
}

std::uint64_t count_table::drop_rare(std::uint64_t count) {
    count_table kept(seed_, std::numeric_limits<std::size_t>::max());
    kept.grow(slots_.size());
    std::uint64_t dropped = 0;
    for (auto const& slot : std::span(slots_.data(), slots_.size())) {
        if (slot.size == 0) continue;
        if (slot.count <= count) {
            dropped += slot.count;
            continue;
        }
        word_key const key{slot.first, slot.second, slot.size, slot.tag};
        kept.insert(*kept.find(key), key, slot.count);
    }
    kept.memory_limit_ = memory_limit_;
    *this = std::move(kept);
    return dropped;
}

void count_table::release() noexcept {
    arena_.clear();
    slots_ = {};
    types_ = most_types_ = 0;
}

void count_table::clear() {
    auto capacity = slots_.size();
    if (memory_limit_ != std::numeric_limits<std::size_t>::max()) {
        // Long words will probably need as much memory as they did this time.
        auto const for_slots = memory_limit_ - std::min(memory_limit_, arena_.memory_bytes() / 4 * 5 + most_chunk);
        capacity = std::max({least_capacity, capacity, for_slots / sizeof(count_slot)});
    }
    arena_.clear();
    types_ = 0;
    if (capacity == slots_.size()) {
        std::memset(static_cast<void*>(slots_.data()), 0, capacity * sizeof(count_slot));
        return;
    }
    slots_ = {}; // free the old slots before allocating new ones
    slots_ = slot_array(capacity);
    most_types_ = types_for(capacity);
}
}
