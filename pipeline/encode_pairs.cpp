module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.core;
import wordmill.stream;
import wordmill.text;
import :encode_pairs;

namespace wordmill {
namespace {
/// The key of the hash that holds pairs out: fixed, so that all runs agree on the parts.
constexpr random_key share_key{0x70616972};

enum reason : std::size_t { empty_source, empty_target, long_source, long_target, unequal };

struct encoded_counts {
    std::uint64_t mapped = 0;
    std::uint64_t dropped = 0;
};

/// Looks words up, and removes those that have no id.
encoded_counts look_up_side(word_block const& words, vocabulary const& vocabulary, sequence_marks const& marks,
                            std::vector<token_id>& ids, std::vector<std::uint32_t>& ends) {
    ids.resize(words.words.size());
    vocabulary.look_up(words, ids);
    ends.clear();
    encoded_counts counts;
    std::size_t kept = 0;
    std::size_t at = 0;
    for (auto const end : words.sentence_ends) {
        for (; at < end; ++at) {
            auto id = ids[at];
            if (id == no_token || marks.is_mark(id)) {
                ++(marks.unknown ? counts.mapped : counts.dropped);
                if (!marks.unknown) continue;
                id = *marks.unknown;
            }
            ids[kept++] = id;
        }
        ends.push_back(static_cast<std::uint32_t>(kept));
    }
    ids.resize(kept);
    return counts;
}

std::size_t size_of(std::vector<std::uint32_t> const& ends, std::size_t i) {
    return ends[i] - (i == 0 ? 0 : ends[i - 1]);
}
}

bool pair_share::contains(std::uint64_t pair) const noexcept {
    bool const below = static_cast<double>(share_key.fold_in(pair).bits() >> 11) * 0x1p-53 < share;
    return below == held_out;
}

pair_encoder::pair_encoder(side_encoding source, side_encoding target, pair_encode_options options)
    : source_{std::move(source), {}}, target_{std::move(target), {}}, options_(std::move(options)) {
    source_.marks = sequence_marks_of(source_.encoding.words);
    target_.marks = sequence_marks_of(target_.encoding.words);
    if (options_.part && !(options_.part->share >= 0 && options_.part->share <= 1))
        throw error(failure::usage,
                    "held-out pairs: expected a share from 0 to 1, found " + format_short(options_.part->share));
    if (options_.max_ratio != 0 && !(options_.max_ratio >= 1))
        throw error(failure::usage, "lengths of pairs: expected a ratio of 1 or more, or 0 for no limit, found "
                                        + format_short(options_.max_ratio));
    reasons_ = {"empty source", "empty target",
                "source of more than " + std::to_string(options_.max_source_tokens) + " tokens",
                "target of more than " + std::to_string(options_.max_target_tokens) + " tokens",
                "lengths differ by more than a factor of " + format_short(options_.max_ratio)};
}

std::string const* pair_encoder::refusal(std::size_t source, std::size_t target) const {
    auto const& o = options_;
    if (source == 0) return &reasons_[empty_source];
    if (target == 0 && !o.keep_empty_targets) return &reasons_[empty_target];
    if (o.max_source_tokens != 0 && source > o.max_source_tokens) return &reasons_[long_source];
    if (o.max_target_tokens != 0 && target > o.max_target_tokens) return &reasons_[long_target];
    auto const [shorter, longer] = std::minmax({source, target});
    if (o.max_ratio != 0 && shorter > 0 && static_cast<double>(longer) > o.max_ratio * static_cast<double>(shorter))
        return &reasons_[unequal];
    return nullptr;
}

void pair_encoder::encode_side(side const& how, scratch& space, std::vector<token_id>& ids,
                               std::vector<std::uint32_t>& ends) const {
    how.encoding.split(std::move(space.text), space.words);
    expect(space.words.sentence_ends.size() == space.pairs.size(), "a tokenizer keeps the number of sentences");
    auto const found = look_up_side(space.words, how.encoding.words, how.marks, ids, ends);
    tally counts = options_.counts;
    counts.note("unknown word mapped", found.mapped);
    counts.drop("token", "unknown", found.dropped);
}

token_pair_block pair_encoder::operator()(text_pair_block const& block, scratch& space) const {
    token_pair_block out;
    static_cast<block_header&>(out) = block;
    tally counts = options_.counts;
    space.pairs.clear();
    for (std::size_t i = 0; i < block.size(); ++i)
        if (!options_.part || options_.part->contains(block.first_sentence + i))
            space.pairs.push_back(static_cast<std::uint32_t>(i));
    counts.drop("pair", "in the other part", block.size() - space.pairs.size());

    static_cast<block_header&>(space.text) = block;
    space.text.text.clear();
    for (auto const i : space.pairs) append_side(block.source(i), space.text.text);
    encode_side(source_, space, space.source_ids, space.source_ends);
    static_cast<block_header&>(space.text) = block;
    space.text.text.clear();
    for (auto const i : space.pairs) append_side(block.target(i), space.text.text);
    encode_side(target_, space, space.target_ids, space.target_ends);

    out.ids.reserve(space.source_ids.size() + space.target_ids.size());
    std::uint64_t dropped_tokens = 0;
    std::size_t source_at = 0;
    std::size_t target_at = 0;
    auto const append = [&](std::vector<token_id> const& ids, std::size_t begin, std::size_t size) {
        auto const first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
        out.ids.insert(out.ids.end(), first, first + static_cast<std::ptrdiff_t>(size));
        out.ends.push_back(static_cast<std::uint32_t>(out.ids.size()));
    };
    for (std::size_t i = 0; i < space.pairs.size(); ++i) {
        auto const source = size_of(space.source_ends, i);
        auto const target = size_of(space.target_ends, i);
        auto const pair = block.first_sentence + space.pairs[i];
        if (auto const* const reason = refusal(source, target)) {
            counts.drop("pair", *reason, 1, {.record = pair + 1});
            dropped_tokens += source + target;
        } else {
            append(space.source_ids, source_at, source);
            append(space.target_ids, target_at, target);
            out.pairs.push_back(pair);
        }
        source_at += source;
        target_at += target;
    }
    counts.deliver("pair", out.size());
    counts.deliver("token", out.ids.size());
    counts.drop("token", "in a dropped pair", dropped_tokens);
    return out;
}

pair_encoder encode_pairs(side_encoding source, side_encoding target, pair_encode_options options) {
    return {std::move(source), std::move(target), std::move(options)};
}

std::vector<token_id> encode_side(std::string_view text, side_encoding const& how) {
    text_block block;
    append_side(text, block.text);
    auto const words = how.split(std::move(block));
    std::vector<token_id> ids;
    std::vector<std::uint32_t> ends;
    (void)look_up_side(words, how.words, sequence_marks_of(how.words), ids, ends);
    return ids;
}
}
