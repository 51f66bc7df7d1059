module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.batch;
import wordmill.core;
import wordmill.stream;
import wordmill.text;
import :sequence_batches;

namespace wordmill {
namespace {
/// So many batches are sorted by length together.
constexpr std::size_t bucket_batches = 100;

/// A pair of the window.
struct pair_place {
    std::uint32_t block, pair;
    std::uint32_t source, target; ///< lengths, the target's with its end token
    std::uint32_t rank = 0;       ///< in the shuffled window
};

struct batch_range {
    std::size_t begin, end;
};

/// Fisher-Yates shuffle; the order depends on the key only.
template <class T> void permute(std::vector<T>& elements, random_key key) {
    auto random = key.engine();
    for (std::size_t left = elements.size(); left > 1; --left)
        std::swap(elements[left - 1], elements[static_cast<std::size_t>(random.below(left))]);
}

std::uint32_t longer(pair_place const& p) { return std::max(p.source, p.target); }

/// A fingerprint of everything that the order of pairs depends on, except for the pairs. Never 0.
std::uint64_t fingerprint_of(sequence_batch_options const& o) {
    auto key = o.key.fold_in(o.batch_tokens == 0 ? o.batch_pairs : 0).fold_in(o.batch_tokens);
    key = key.fold_in(o.window).fold_in(o.window_bytes).fold_in((o.shuffle ? 1U : 0U) + (o.bucket ? 2U : 0U));
    return key.bits() | 1;
}

/// Whole blocks of the stream, cut into batches.
class batch_window {
public:
    /// Reads until there are enough pairs. False at the end of the stream.
    bool fill(generator<token_pair_block>& source, generator<token_pair_block>::iterator& head,
              sequence_batch_options const& options);
    /// Orders the pairs of window number `number` and cuts them into batches.
    void cut(sequence_batch_options const& options, std::uint64_t number);

    [[nodiscard]] std::vector<batch_range> const& batches() const noexcept { return batches_; }
    [[nodiscard]] sequence_batch batch(batch_range range, sequence_batch_options const& options) const;
    [[nodiscard]] position const& start() const noexcept { return start_; }
    [[nodiscard]] position const& next() const noexcept { return next_; }

private:
    [[nodiscard]] std::uint64_t number_of(pair_place const& p) const { return blocks_[p.block].pairs[p.pair]; }
    [[nodiscard]] std::size_t end_of_batch(std::size_t begin, sequence_batch_options const& options) const;
    [[nodiscard]] std::size_t end_of_bucket(std::size_t begin, sequence_batch_options const& options) const;

    std::vector<token_pair_block> blocks_;
    std::vector<pair_place> places_;
    std::vector<batch_range> batches_;
    position start_, next_;
};

bool batch_window::fill(generator<token_pair_block>& source, generator<token_pair_block>::iterator& head,
                        sequence_batch_options const& options) {
    blocks_.clear();
    places_.clear();
    std::uint64_t bytes = 0;
    bool any = false;
    for (; head != source.end() && places_.size() < options.window && bytes < options.window_bytes; ++head) {
        auto&& block = *head;
        if (!any) start_ = block.start;
        any = true;
        next_ = block.next;
        if (block.size() == 0) continue;
        expect(block.pairs.size() == block.size(), "sequence_batches: every pair needs its number");
        auto const number = static_cast<std::uint32_t>(blocks_.size());
        for (std::size_t i = 0; i < block.size(); ++i) {
            expect(!block.source(i).empty(), "sequence_batches: a source must not be empty");
            places_.push_back({number, static_cast<std::uint32_t>(i),
                               static_cast<std::uint32_t>(block.source(i).size()),
                               static_cast<std::uint32_t>(block.target(i).size() + 1)});
        }
        bytes += block.ids.size() * sizeof(token_id)
                 + block.size() * (sizeof(pair_place) + sizeof(std::uint64_t) + 2 * sizeof(std::uint32_t));
        blocks_.push_back(std::move(block));
    }
    return any;
}

std::size_t batch_window::end_of_batch(std::size_t begin, sequence_batch_options const& options) const {
    if (options.batch_tokens == 0) return std::min(places_.size(), begin + options.batch_pairs);
    std::size_t longest = 0;
    auto end = begin;
    for (; end < places_.size(); ++end) {
        longest = std::max<std::size_t>(longest, longer(places_[end]));
        if (end > begin && (end - begin + 1) * longest > options.batch_tokens) break;
    }
    return end;
}

std::size_t batch_window::end_of_bucket(std::size_t begin, sequence_batch_options const& options) const {
    if (options.batch_tokens == 0)
        return begin + std::min(places_.size() - begin, checked_product(options.batch_pairs, bucket_batches));
    auto const most = checked_product(options.batch_tokens, bucket_batches);
    std::uint64_t tokens = 0;
    auto end = begin;
    while (end < places_.size() && tokens < most) tokens += longer(places_[end++]);
    return end;
}

void batch_window::cut(sequence_batch_options const& options, std::uint64_t number) {
    auto const key = options.key.fold_in(number);
    bool const bucket = options.shuffle && options.bucket;
    if (options.shuffle) permute(places_, key.fold_in(0));
    for (std::size_t begin = 0; bucket && begin < places_.size();) {
        auto const end = end_of_bucket(begin, options);
        for (auto i = begin; i < end; ++i) places_[i].rank = static_cast<std::uint32_t>(i);
        std::sort(places_.begin() + static_cast<std::ptrdiff_t>(begin),
                  places_.begin() + static_cast<std::ptrdiff_t>(end), [](auto const& a, auto const& b) {
                      return std::tie(a.source, a.target, a.rank) < std::tie(b.source, b.target, b.rank);
                  });
        begin = end;
    }
    batches_.clear();
    for (std::size_t begin = 0; begin < places_.size(); begin = batches_.back().end)
        batches_.push_back({begin, end_of_batch(begin, options)});
    for (auto const& range : batches_)
        std::sort(places_.begin() + static_cast<std::ptrdiff_t>(range.begin),
                  places_.begin() + static_cast<std::ptrdiff_t>(range.end), [&](auto const& a, auto const& b) {
                      return a.source != b.source ? a.source > b.source : number_of(a) < number_of(b);
                  });
    if (bucket) permute(batches_, key.fold_in(1));
}

/// Writes a source to lane b.
void fill_source(sequence_batch& batch, std::size_t b, std::span<token_id const> source, bool reverse) {
    for (std::size_t t = 0; t < source.size(); ++t)
        batch.sources[t * batch.lanes + b] = source[reverse ? source.size() - 1 - t : t];
}

sequence_batch batch_window::batch(batch_range range, sequence_batch_options const& options) const {
    auto const lanes = std::span(places_).subspan(range.begin, range.end - range.begin);
    sequence_batch out;
    out.lanes = lanes.size();
    out.source_steps = std::max<std::size_t>(lanes.front().source, options.least_source_steps);
    out.target_steps = options.least_target_steps;
    for (auto const& p : lanes) out.target_steps = std::max<std::size_t>(out.target_steps, p.target);
    out.sources.assign(checked_product(out.source_steps, out.lanes), options.source.padding);
    out.inputs.assign(checked_product(out.target_steps, out.lanes), options.target.padding);
    out.targets.assign(out.inputs.size(), no_token);
    for (std::size_t b = 0; b < lanes.size(); ++b) {
        auto const& block = blocks_[lanes[b].block];
        auto const target = block.target(lanes[b].pair);
        fill_source(out, b, block.source(lanes[b].pair), options.reverse_source);
        out.inputs[b] = options.target.begin;
        for (std::size_t t = 0; t < target.size(); ++t) {
            out.inputs[(t + 1) * out.lanes + b] = target[t];
            out.targets[t * out.lanes + b] = target[t];
        }
        out.targets[target.size() * out.lanes + b] = options.target.end;
        out.source_lengths.push_back(lanes[b].source);
        out.pairs.push_back(number_of(lanes[b]));
        out.counted += lanes[b].target;
    }
    return out;
}

generator<sequence_batch> run_batches(generator<token_pair_block> pairs, sequence_batch_options options) {
    auto const fingerprint = fingerprint_of(options);
    // state: windows before; file: batches of this window delivered; block, record: batches and pairs delivered
    position at = std::exchange(options.from, {});
    at.skip = 0;
    at.fingerprint = fingerprint;
    auto head = pairs.begin();
    for (batch_window window; window.fill(pairs, head, options); at.file = 0, ++at.state) {
        window.cut(options, at.state);
        auto const& batches = window.batches();
        at.inner = {window.start()};
        for (auto i = static_cast<std::size_t>(at.file); i < batches.size(); ++i) {
            auto batch = window.batch(batches[i], options);
            batch.start = at;
            batch.index = at.block;
            batch.first_sentence = at.record;
            at.record += batch.lanes;
            ++at.block;
            ++at.file;
            batch.next = at;
            if (i + 1 == batches.size()) {
                batch.next.inner = {window.next()};
                batch.next.file = 0;
                ++batch.next.state;
            }
            std::uint64_t tokens = batch.counted - batch.lanes;
            for (auto const length : batch.source_lengths) tokens += length;
            options.progress.check();
            options.progress.add_tokens(tokens);
            co_yield std::move(batch);
        }
    }
}
}

generator<sequence_batch> sequence_batches(generator<token_pair_block> pairs, sequence_batch_options options) {
    if (options.batch_pairs == 0 && options.batch_tokens == 0)
        throw error(failure::usage, "batches: expected 1 pair or more, found 0");
    if (options.window == 0) throw error(failure::usage, "batches: expected a window of 1 pair or more, found 0");
    if (options.from != position{} && options.from.fingerprint != fingerprint_of(options))
        throw error(failure::bad_data, "batches of pairs: the position to resume from is of another seed or epoch, or "
                                       "of batches or windows of another size");
    return run_batches(std::move(pairs), std::move(options));
}

sequence_batch source_batch(std::span<std::span<token_id const> const> sources, sequence_marks const& marks,
                            bool reverse) {
    sequence_batch out;
    out.lanes = sources.size();
    out.pairs.resize(sources.size());
    std::iota(out.pairs.begin(), out.pairs.end(), std::uint64_t{0});
    std::sort(out.pairs.begin(), out.pairs.end(), [&](auto a, auto b) {
        return sources[a].size() != sources[b].size() ? sources[a].size() > sources[b].size() : a < b;
    });
    for (auto const pair : out.pairs) {
        expect(!sources[pair].empty(), "source_batch: a source must not be empty");
        out.source_lengths.push_back(static_cast<std::uint32_t>(sources[pair].size()));
    }
    out.source_steps = sources.empty() ? 0 : out.source_lengths.front();
    out.sources.assign(checked_product(out.source_steps, out.lanes), marks.padding);
    for (std::size_t b = 0; b < out.lanes; ++b) fill_source(out, b, sources[out.pairs[b]], reverse);
    return out;
}
}
