module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <xxhash.h>
module wordmill.text;
import wordmill.core;
import wordmill.stream;
import :blocks;
import :count_table;
import :counting;
import :vocabulary;
import :word_key;

namespace wordmill {
namespace {
/// Like a `word_key`, but with the offset of a long word instead of its address; `size` 0 is a free slot.
struct index_slot {
    std::uint64_t first;
    std::uint64_t second;
    std::uint32_t size;
    std::uint32_t tag;
    std::uint32_t id;
    std::uint32_t unused;
};
static_assert(sizeof(index_slot) == 32);
}

struct vocabulary::tables {
    std::string bytes;                     ///< all words, by id
    std::vector<std::uint64_t> offsets{0}; ///< [V + 1] into `bytes`
    std::vector<std::uint64_t> counts;     ///< [V]
    std::vector<index_slot> index = std::vector<index_slot>(64);
    hash_seed seed = fresh_hash_seed();
    std::vector<special_word> specials;
    std::optional<token_id> unknown;
    std::uint64_t tokens = 0;
    std::uint64_t dropped_types = 0;
    std::uint64_t dropped_tokens = 0;
    std::uint64_t fingerprint = 0;

    [[nodiscard]] std::string_view word(std::size_t id) const noexcept {
        return {bytes.data() + offsets[id], static_cast<std::size_t>(offsets[id + 1] - offsets[id])};
    }
    [[nodiscard]] inline bool same(index_slot const& slot, word_key const& key) const noexcept {
        if (slot.size != key.size || slot.first != key.first) return false;
        if (key.size <= inline_word_bytes) return slot.second == key.second;
        return slot.tag == key.tag
               && std::memcmp(bytes.data() + slot.second, reinterpret_cast<char const*>(key.second), key.size) == 0;
    }
    /// The slot of the word, or the free one where it belongs.
    [[nodiscard]] inline std::size_t find(word_key const& key) const noexcept {
        auto at = home_slot(key.tag, index.size());
        while (index[at].size != 0 && !same(index[at], key)) at = at + 1 == index.size() ? 0 : at + 1;
        return at;
    }
    void grow_index() {
        std::vector<index_slot> larger(index.size() * 2);
        for (auto const& slot : index) {
            if (slot.size == 0) continue;
            auto at = home_slot(slot.tag, larger.size());
            while (larger[at].size != 0) at = at + 1 == larger.size() ? 0 : at + 1;
            larger[at] = slot;
        }
        index = std::move(larger);
    }
    void take_fingerprint() {
        std::vector<std::uint64_t> parts{XXH3_64bits(bytes.data(), bytes.size()),
                                         XXH3_64bits(offsets.data(), offsets.size() * sizeof(std::uint64_t)),
                                         XXH3_64bits(counts.data(), counts.size() * sizeof(std::uint64_t)),
                                         unknown ? wordmill::index(*unknown) + 1 : 0};
        for (auto const& special : specials) parts.push_back(wordmill::index(special.id));
        fingerprint = XXH3_64bits(parts.data(), parts.size() * sizeof(std::uint64_t));
        if (fingerprint == 0) fingerprint = 1;
    }
};

vocabulary::vocabulary() : tables_(builder().finish({}, {}).tables_) {}
vocabulary::vocabulary(std::shared_ptr<tables const> t) noexcept : tables_(std::move(t)) {}

vocabulary::vocabulary(counted_words const& counts, vocabulary_options const& options) {
    builder words;
    std::uint64_t types = 0;
    std::uint64_t tokens = 0;
    for (auto const& [word, count] : select_words(counts, options)) {
        if (words.add(word, count) == builder::refusal::too_many)
            throw error(failure::resource, "a vocabulary holds fewer than 2^32 types", {}, "raise min_count");
        if (count > 0) ++types;
        tokens += count;
    }
    if (counts.types() == 0)
        throw error(failure::bad_data, "there are no tokens to make a vocabulary of", {},
                    "the text is empty, or the tokenizer keeps none of it");
    if (types == 0)
        throw error(failure::bad_data,
                    "0 of " + std::to_string(counts.types())
                        + " types have count >= " + std::to_string(options.min_count) + "; the largest count is "
                        + std::to_string(counts.largest_count()),
                    {}, "lower --min-count, or give more text");
    words.dropped(counts.types() - types, counts.tokens() - tokens);
    auto names = options.specials;
    names.insert(names.end(), options.always.begin(), options.always.end());
    *this = std::move(words).finish(names, options.unknown);
}

std::optional<token_id> vocabulary::find(std::string_view type) const noexcept {
    if (type.empty() || type.size() > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    auto const key =
        key_of(type.data(), static_cast<std::uint32_t>(type.size()), type.data() + type.size(), tables_->seed);
    auto const& slot = tables_->index[tables_->find(key)];
    return slot.size == 0 ? std::nullopt : std::optional(token_id{slot.id});
}

token_id vocabulary::id(std::string_view type) const {
    if (auto const found = find(type)) return *found;
    if (tables_->unknown) return *tables_->unknown;
    throw error(failure::bad_data,
                "the vocabulary has neither '" + std::string(type.substr(0, 64)) + "' nor an unknown word");
}

std::optional<token_id> vocabulary::unknown() const noexcept { return tables_->unknown; }
std::string_view vocabulary::word(token_id id) const {
    expect(index(id) < size(), "a token id is smaller than the vocabulary's size");
    return tables_->word(index(id));
}
std::uint64_t vocabulary::count(token_id id) const {
    expect(index(id) < size(), "a token id is smaller than the vocabulary's size");
    return tables_->counts[index(id)];
}
std::span<std::uint64_t const> vocabulary::counts() const noexcept { return tables_->counts; }
std::size_t vocabulary::size() const noexcept { return tables_->counts.size(); }
std::uint64_t vocabulary::tokens() const noexcept { return tables_->tokens; }
std::span<special_word const> vocabulary::specials() const noexcept { return tables_->specials; }
std::uint64_t vocabulary::dropped_types() const noexcept { return tables_->dropped_types; }
std::uint64_t vocabulary::dropped_tokens() const noexcept { return tables_->dropped_tokens; }
std::uint64_t vocabulary::fingerprint() const noexcept { return tables_->fingerprint; }

void vocabulary::look_up(word_block const& block, std::span<token_id> ids) const {
    constexpr std::size_t batch = 32;
    expect(ids.size() == block.words.size(), "look_up writes one id for each word");
    auto const& t = *tables_;
    word_key keys[batch];
    auto const* const text = block.text.data();
    auto const* const end = text + block.text.size();
    auto const* const slots = t.index.data();
    auto const capacity = t.index.size();
    for (std::size_t at = 0; at < ids.size(); at += batch) {
        auto const n = std::min(batch, ids.size() - at);
        for (std::size_t i = 0; i < n; ++i) {
            auto const word = block.words[at + i];
            expect(word.size > 0, "a tokeniser made an empty word");
            keys[i] = key_of(text + word.begin, word.size, end, t.seed);
            __builtin_prefetch(slots + home_slot(keys[i].tag, capacity));
        }
        for (std::size_t i = 0; i < n; ++i) {
            auto const& slot = slots[t.find(keys[i])];
            ids[at + i] = slot.size == 0 ? no_token : token_id{slot.id};
        }
    }
}

vocabulary::builder::builder() : tables_(std::make_shared<tables>()) {}
vocabulary::builder::builder(builder&&) noexcept = default;
vocabulary::builder& vocabulary::builder::operator=(builder&&) noexcept = default;
vocabulary::builder::~builder() = default;

vocabulary::builder::refusal vocabulary::builder::add(std::string_view word, std::uint64_t count) {
    auto& t = *tables_;
    if (word.empty()) return refusal::empty_word;
    auto const id = t.counts.size();
    if (id >= std::numeric_limits<std::uint32_t>::max() || word.size() > std::numeric_limits<std::uint32_t>::max())
        return refusal::too_many;
    auto key = key_of(word.data(), static_cast<std::uint32_t>(word.size()), word.data() + word.size(), t.seed);
    auto at = t.find(key);
    if (t.index[at].size != 0) return refusal::duplicate;
    if (id > 0 && (t.counts.back() < count || (t.counts.back() == count && word < t.word(id - 1))))
        return refusal::out_of_order;
    if (id + 1 > t.index.size() / 2) {
        t.grow_index();
        at = t.find(key);
    }
    auto const second = key.size > inline_word_bytes ? t.bytes.size() : key.second;
    t.bytes += word;
    t.offsets.push_back(t.bytes.size());
    t.counts.push_back(count);
    t.index[at] = {key.first, second, key.size, key.tag, static_cast<std::uint32_t>(id), 0};
    return refusal::none;
}

void vocabulary::builder::dropped(std::uint64_t types, std::uint64_t tokens) noexcept {
    tables_->dropped_types = types;
    tables_->dropped_tokens = tokens;
}

vocabulary vocabulary::builder::finish(std::span<std::string const> specials, std::string_view unknown) && {
    auto& t = *tables_;
    for (auto const count : t.counts) t.tokens = checked_sum(t.tokens, count);
    vocabulary made(tables_);
    for (auto const& name : specials)
        if (auto const id = made.find(name)) t.specials.push_back({name, *id});
    std::sort(t.specials.begin(), t.specials.end(), [](auto const& a, auto const& b) { return a.id < b.id; });
    t.specials.erase(std::unique(t.specials.begin(), t.specials.end()), t.specials.end());
    for (auto const& special : t.specials)
        if (special.name == unknown) t.unknown = special.id;
    t.take_fingerprint();
    tables_.reset();
    return made;
}

vocabulary merge(std::span<vocabulary const> parts) {
    count_table sums(fresh_hash_seed(), std::numeric_limits<std::size_t>::max());
    std::vector<std::string> specials;
    std::string unknown;
    std::uint64_t dropped_types = 0;
    std::uint64_t dropped_tokens = 0;
    for (auto const& part : parts) {
        for (std::size_t i = 0; i < part.size(); ++i) (void)sums.add(part.word(id_at(i)), part.counts()[i]);
        for (auto const& special : part.specials()) specials.push_back(special.name);
        dropped_types = checked_sum(dropped_types, part.dropped_types());
        dropped_tokens = checked_sum(dropped_tokens, part.dropped_tokens());
        if (!part.unknown()) continue;
        auto const name = part.word(*part.unknown());
        if (!unknown.empty() && unknown != name)
            throw error(failure::bad_data, "vocabularies with different unknown words cannot be merged: '" + unknown
                                               + "' and '" + std::string(name) + "'");
        unknown = name;
    }
    auto const slots = sums.pack();
    std::sort(slots.begin(), slots.end(), [](count_slot const& a, count_slot const& b) {
        return a.count != b.count ? a.count > b.count : bytes_less(a, b);
    });
    vocabulary::builder words;
    char space[inline_word_bytes];
    for (auto const& slot : slots)
        if (words.add(bytes_of(slot, space), slot.count) != vocabulary::builder::refusal::none)
            throw error(failure::resource, "a vocabulary holds fewer than 2^32 types");
    words.dropped(dropped_types, dropped_tokens);
    return std::move(words).finish(specials, unknown);
}
}
