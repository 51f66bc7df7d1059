module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <span>
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
/// The pairs of one pass: for each first word, its second words, ascending.
class pair_set {
public:
    void build(std::span<phrase const> phrases) {
        std::map<std::string_view, std::uint64_t> counts;
        for (auto const& p : phrases) {
            counts[p.first] = std::max(counts[p.first], p.first_count);
            counts[p.second] = std::max(counts[p.second], p.second_count);
        }
        std::vector<std::pair<std::string_view, std::uint64_t>> by_count(counts.begin(), counts.end());
        std::ranges::sort(by_count, [](auto const& a, auto const& b) {
            return a.second != b.second ? a.second > b.second : a.first < b.first;
        });
        vocabulary::builder made;
        for (auto const& [word, count] : by_count)
            expect(made.add(word, count) == vocabulary::builder::refusal::none, "phrases: words in order");
        words_ = std::move(made).finish({}, {});
        std::vector<std::pair<std::size_t, std::uint32_t>> pairs;
        for (auto const& p : phrases)
            pairs.emplace_back(index(*words_.find(p.first)), static_cast<std::uint32_t>(*words_.find(p.second)));
        std::ranges::sort(pairs);
        ends_.assign(words_.size(), 0);
        for (auto const& [first, second] : pairs) {
            second_.push_back(second);
            ends_[first] = second_.size();
        }
        for (std::size_t i = 1; i < ends_.size(); ++i) ends_[i] = std::max(ends_[i], ends_[i - 1]);
    }

    [[nodiscard]] vocabulary const& words() const noexcept { return words_; }
    [[nodiscard]] inline bool has(token_id first, token_id second) const noexcept {
        if (first == no_token || second == no_token) return false;
        auto const begin = index(first) == 0 ? 0 : ends_[index(first) - 1];
        return std::binary_search(second_.begin() + static_cast<std::ptrdiff_t>(begin),
                                  second_.begin() + static_cast<std::ptrdiff_t>(ends_[index(first)]),
                                  static_cast<std::uint32_t>(second));
    }

private:
    vocabulary words_;
    std::vector<std::size_t> ends_;
    std::vector<std::uint32_t> second_;
};

/// Appends the phrase to the text.
word_span joined(std::string& text, word_span first, std::string_view delimiter, word_span second) {
    auto const begin = text.size();
    auto const size = std::size_t{first.size} + delimiter.size() + second.size;
    if (begin + size > std::numeric_limits<std::uint32_t>::max())
        throw error(failure::bad_data, "a block with its phrases would exceed 4 GiB", {}, "use smaller blocks");
    text.append(text, first.begin, first.size);
    text += delimiter;
    text.append(text, second.begin, second.size);
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(size)};
}

class joining_method final : public tokenizer::method {
public:
    joining_method(tokenizer split, phrase_table table, tally counts)
        : split_(std::move(split)), table_(std::move(table)), joiner_(table_, std::move(counts)) {}
    void split(text_block&& in, word_block& out) const override {
        phrase_joiner::scratch space;
        split_(std::move(in), out);
        joiner_.join(out, space);
    }
    [[nodiscard]] note_map description() const override {
        auto notes = split_.description();
        notes["phrases"] = "table " + std::to_string(fingerprint(table_));
        return notes;
    }
    [[nodiscard]] std::string join(std::span<std::string_view const> words) const override {
        return split_.join(words);
    }

private:
    tokenizer split_;
    phrase_table table_;
    phrase_joiner joiner_;
};
}

struct phrase_table::tables {
    std::vector<phrase> phrases;
    std::string delimiter;
    std::vector<pair_set> passes;
};

phrase_table::phrase_table() : phrase_table(std::vector<phrase>{}) {}

phrase_table::phrase_table(std::vector<phrase> phrases, std::string delimiter) {
    constexpr std::uint32_t most_passes = 64;
    std::map<std::uint32_t, std::vector<phrase>> by_pass;
    for (auto const& p : phrases) {
        if (p.first.empty() || p.second.empty()) throw error(failure::bad_data, "a phrase of an empty word");
        if (p.pass == 0 || p.pass > most_passes)
            throw error(failure::bad_data, "the phrase '" + p.first + delimiter + p.second + "' has pass "
                                               + std::to_string(p.pass) + ", expected 1 to "
                                               + std::to_string(most_passes));
        by_pass[p.pass].push_back(p);
    }
    auto const made = std::make_shared<tables>();
    made->delimiter = std::move(delimiter);
    made->passes.resize(by_pass.empty() ? 0 : by_pass.rbegin()->first);
    for (auto& [pass, some] : by_pass) {
        auto const key = [](phrase const& p) { return std::tie(p.first, p.second); };
        std::ranges::sort(some, {}, key);
        if (auto const twice = std::ranges::adjacent_find(some, {}, key); twice != some.end())
            throw error(failure::bad_data,
                        "the phrase '" + twice->first + made->delimiter + twice->second + "' is there twice");
        made->passes[pass - 1].build(some);
    }
    made->phrases = std::move(phrases);
    tables_ = made;
}

std::span<phrase const> phrase_table::phrases() const noexcept { return tables_->phrases; }
std::string_view phrase_table::delimiter() const noexcept { return tables_->delimiter; }
std::uint32_t phrase_table::passes() const noexcept { return static_cast<std::uint32_t>(tables_->passes.size()); }

phrase_joiner::phrase_joiner(phrase_table table, tally counts) : table_(std::move(table)), counts_(std::move(counts)) {}

void phrase_joiner::join(word_block& block, scratch& space) const {
    auto const& delimiter = table_.tables_->delimiter;
    auto const before = block.words.size();
    for (auto const& pairs : table_.tables_->passes) {
        auto& words = block.words;
        auto& ids = space.ids;
        ids.resize(words.size());
        pairs.words().look_up(block, ids);
        std::size_t kept = 0;
        std::size_t at = 0;
        auto const take_until = [&](std::size_t end) {
            while (at < end) {
                bool const both = at + 1 < end && pairs.has(ids[at], ids[at + 1]);
                words[kept++] = both ? joined(block.text, words[at], delimiter, words[at + 1]) : words[at];
                at += both ? 2 : 1;
            }
        };
        for (auto& end : block.sentence_ends) {
            take_until(end);
            end = static_cast<std::uint32_t>(kept);
        }
        take_until(words.size());
        words.resize(kept);
    }
    tally(counts_).drop("token", "joined to the one before", before - block.words.size());
}

word_block phrase_joiner::operator()(word_block block, scratch& space) const {
    join(block, space);
    return block;
}

phrase_joiner join_phrases(phrase_table table, tally counts) {
    return phrase_joiner(std::move(table), std::move(counts));
}

tokenizer join_phrases(tokenizer split, phrase_table table, tally counts) {
    return tokenizer(std::make_shared<joining_method>(std::move(split), std::move(table), std::move(counts)));
}
}
