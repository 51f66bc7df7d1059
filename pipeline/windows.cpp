module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.batch;
import wordmill.core;
import wordmill.stream;
import wordmill.text;
import :joined_tokens;
import :windows;

namespace wordmill {
namespace {
/// Blocks read ahead of the one that is delivered.
class look_ahead {
public:
    explicit look_ahead(generator<token_block> source) : source_(std::move(source)) {}

    /// The block `n` places after the front, or nullptr after the last one.
    token_block* at(std::size_t n) {
        while (waiting_.size() <= n && !ended_) {
            if (at_)
                ++*at_;
            else
                at_.emplace(source_.begin());
            ended_ = *at_ == source_.end();
            if (!ended_) waiting_.push_back(std::move(**at_));
        }
        return n < waiting_.size() ? &waiting_[n] : nullptr;
    }
    token_block pop() {
        auto front = std::move(waiting_.front());
        waiting_.pop_front();
        return front;
    }

private:
    generator<token_block> source_;
    std::optional<generator<token_block>::iterator> at_;
    std::deque<token_block> waiting_;
    bool ended_ = false;
};

std::size_t last_sentence_end(token_block const& block) {
    return block.sentence_ends.empty() ? 0 : block.sentence_ends.back();
}

/// The tokens after block 0 that the windows at its end reach.
std::vector<token_id> tokens_after(look_ahead& blocks, window_options const& options) {
    std::vector<token_id> after;
    bool goes_on = blocks.at(0)->continued || options.cross_sentences;
    for (std::size_t n = 1; goes_on && after.size() < options.behind(); ++n) {
        auto const* const next = blocks.at(n);
        if (!next) break;
        auto end = next->ids.size();
        if (!options.cross_sentences && !next->sentence_ends.empty()) {
            end = next->sentence_ends.front();
            goes_on = false;
        } else {
            goes_on = next->continued || options.cross_sentences;
        }
        auto const size = std::min<std::size_t>(end, options.behind() - after.size());
        after.insert(after.end(), next->ids.begin(), next->ids.begin() + static_cast<std::ptrdiff_t>(size));
    }
    return after;
}

/// Keeps the tokens of this block, and of those before it, that the windows at the beginning of the next block reach.
void carry(std::vector<token_id>& before, token_block const& block, window_options const& options) {
    if (!options.cross_sentences) {
        if (!block.continued) return before.clear();
        if (!block.sentence_ends.empty()) before.clear();
    }
    auto const first = options.cross_sentences ? 0 : last_sentence_end(block);
    before.insert(before.end(), block.ids.begin() + static_cast<std::ptrdiff_t>(first), block.ids.end());
    if (before.size() > options.before())
        before.erase(before.begin(), before.end() - static_cast<std::ptrdiff_t>(options.before()));
}
}

generator<bordered_block> with_borders(generator<token_block> source, window_options options, border_state state) {
    look_ahead blocks(std::move(source));
    while (blocks.at(0)) {
        bordered_block out;
        out.after = tokens_after(blocks, options);
        out.block = blocks.pop();
        static_cast<block_header&>(out) = out.block;
        out.before = state.before;
        out.first_token = state.tokens;
        carry(state.before, out.block, options);
        state.tokens += out.block.ids.size() + out.block.dropped;
        out.state = state;
        co_yield std::move(out);
    }
}

context_windows::context_windows(window_options options) : options_(std::move(options)) {
    if (options_.before() == 0 && options_.behind() == 0)
        throw error(failure::usage, "windows: expected a radius of 1 or more, found 0");
}

window_batch context_windows::operator()(bordered_block const& in, scratch& space) const {
    window_batch out;
    static_cast<block_header&>(out) = in;
    auto const& block = in.block;
    out.first_token = in.first_token;
    out.tokens = block.ids.size() + block.dropped;
    auto const joined = join_tokens(in, space.joined);
    auto const ids = joined.ids;
    auto const own = joined.own;

    std::size_t const left = options_.before();
    std::size_t const right = options_.behind();
    auto const widest = std::max(left, right);
    if (options_.shrink) {
        space.words.resize(own);
        fill_random(options_.key.fold_in(block.index), space.words);
    }
    out.targets.reserve(own);
    out.context_ends.reserve(own);
    out.contexts.reserve(own * (left + right) * (options_.shrink ? 5 : 8) / 8);
    std::uint64_t alone = 0;
    auto const take = [&](std::size_t begin, std::size_t end, std::size_t target, std::size_t stop) {
        for (; target < stop; ++target) { // positions in `ids`; contexts lie in begin .. end
            auto reach = widest;
            if (options_.shrink) reach = shrunk_radius(space.words[target - joined.first], widest);
            auto const from = target - std::min({left, reach, target - begin});
            auto const to = target + 1 + std::min({right, reach, end - target - 1});
            if (to - from == 1) {
                ++alone;
                continue;
            }
            out.contexts.insert(out.contexts.end(), ids.data() + from, ids.data() + target);
            out.contexts.insert(out.contexts.end(), ids.data() + target + 1, ids.data() + to);
            out.targets.push_back(ids[target]);
            out.context_ends.push_back(static_cast<std::uint32_t>(out.contexts.size()));
        }
    };
    each_sentence(joined, block, options_.cross_sentences, take);
    auto counts = options_.counts;
    counts.note("target without context", alone);
    return out;
}

dense_windows contexts_and_targets(std::span<token_id const> corpus, std::uint32_t radius) {
    if (radius == 0) throw error(failure::usage, "windows: expected a radius of 1 or more, found 0");
    dense_windows out;
    out.radius = radius;
    std::size_t const r = radius;
    for (std::size_t target = r; target + r < corpus.size(); ++target) {
        out.targets.push_back(corpus[target]);
        for (std::size_t at = target - r; at <= target + r; ++at)
            if (at != target) out.contexts.push_back(corpus[at]);
    }
    return out;
}
}
