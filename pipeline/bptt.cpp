module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.pipeline;
import wordmill.batch;
import wordmill.core;
import wordmill.stream;
import :bptt;
import :encoded_corpus;
import :stored_ids;

namespace wordmill {
namespace {
/// Ids in memory, shared by the lanes.
class memory_ids {
public:
    explicit memory_ids(std::shared_ptr<std::vector<token_id> const> ids) : ids_(std::move(ids)) {}
    [[nodiscard]] std::uint64_t size() const noexcept { return ids_->size(); }
    void read(std::uint64_t first, std::span<token_id> out) const {
        std::copy_n(ids_->begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
    }

private:
    std::shared_ptr<std::vector<token_id> const> ids_;
};

void check_sizes(std::uint64_t tokens, bptt_options const& options) {
    auto const usage = [](char const* what) {
        throw error(failure::usage, std::string("truncated BPTT: expected ") + what + " of 1 or more, found 0");
    };
    if (options.lanes == 0) usage("a number of lanes");
    if (options.steps == 0) usage("a number of steps");
    (void)checked_product(options.lanes, options.steps + 1);
    bool const wraps = options.layout == lane_layout::wrap_around;
    auto const least = wraps ? checked_product(options.lanes, options.steps) : options.lanes;
    if (tokens > least) return;
    throw error(failure::bad_data,
                "truncated BPTT: expected at least " + format_count(least + 1) + " tokens for "
                    + format_count(options.lanes) + " lanes"
                    + (wraps ? " of " + format_count(options.steps) + " steps" : "") + ", found "
                    + format_count(tokens),
                {},
                tokens < 2 ? "give more text"
                           : "take fewer lanes" + std::string(wraps ? " or steps (--bptt)" : "")
                                 + ": --batch of lm train, --lanes of lm evaluate");
}

/// Maps lanes to the pairs of a corpus.
class lanes {
public:
    lanes(std::uint64_t tokens, bptt_options const& options)
        : pairs_(tokens - 1),
          count_(options.lanes),
          steps_(options.steps),
          wraps_(options.layout == lane_layout::wrap_around) {}

    /// Steps of a pass.
    [[nodiscard]] std::uint64_t length() const noexcept {
        return wraps_ ? pairs_ / count_ / steps_ * steps_ : (pairs_ + count_ - 1) / count_;
    }
    [[nodiscard]] std::uint64_t batches() const noexcept {
        return wraps_ ? pairs_ / (count_ * steps_) : (length() + steps_ - 1) / steps_;
    }
    /// Steps of the batch that begins at `step`.
    [[nodiscard]] std::size_t steps_at(std::uint64_t step) const noexcept {
        return wraps_ ? steps_ : static_cast<std::size_t>(std::min<std::uint64_t>(steps_, length() - step));
    }
    /// Calls take(step, first pair, number of pairs) for each run of pairs of lane b in steps `from` .. `from + steps`.
    template <class Take> void runs(std::size_t b, std::uint64_t from, std::size_t steps, Take take) const {
        if (!wraps_) {
            auto const size = pairs_ / count_ + (b < pairs_ % count_ ? 1 : 0);
            auto const first = b * (pairs_ / count_) + std::min<std::uint64_t>(b, pairs_ % count_);
            if (from < size)
                take(std::size_t{0}, first + from,
                     static_cast<std::size_t>(std::min<std::uint64_t>(steps, size - from)));
            return;
        }
        for (std::size_t done = 0; done < steps;) {
            auto const pair = (b * (pairs_ / count_) + from + done) % pairs_;
            auto const run = static_cast<std::size_t>(std::min<std::uint64_t>(steps - done, pairs_ - pair));
            take(done, pair, run);
            done += run;
        }
    }
    /// A fingerprint of everything that a position depends on. Never 0.
    [[nodiscard]] std::uint64_t fingerprint() const noexcept {
        return random_key(pairs_).fold_in(count_).fold_in(steps_).fold_in(wraps_ ? 1 : 0).bits() | 1;
    }

private:
    std::uint64_t pairs_;
    std::uint64_t count_;
    std::size_t steps_;
    bool wraps_;
};

template <class Ids>
bptt_batch make_batch(std::vector<Ids>& readers, lanes const& where, std::uint64_t step, std::vector<token_id>& ids) {
    auto const count = readers.size();
    auto const steps = where.steps_at(step);
    bptt_batch batch;
    batch.lanes = count;
    batch.steps = steps;
    batch.first_step = step;
    batch.inputs.assign(count * steps, id_at(0));
    batch.targets.assign(count * steps, no_token);
    ids.resize(steps + 1);
    for (std::size_t b = 0; b < count; ++b) {
        where.runs(b, step, steps, [&](std::size_t at, std::uint64_t pair, std::size_t run) {
            readers[b].read(pair, std::span(ids).first(run + 1));
            for (std::size_t t = 0; t < run; ++t) {
                batch.inputs[(at + t) * count + b] = ids[t];
                batch.targets[(at + t) * count + b] = ids[t + 1];
            }
            batch.counted += run;
        });
    }
    return batch;
}

template <class Ids> generator<bptt_batch> batches_of(std::vector<Ids> readers, bptt_options options) {
    lanes const where(readers[0].size(), options);
    auto const fingerprint = where.fingerprint();
    if (options.from != position{} && options.from.fingerprint != fingerprint)
        throw error(failure::bad_data, "truncated BPTT: the position to resume from is of another corpus, of other "
                                       "lanes or layout");
    bool const wraps = options.layout == lane_layout::wrap_around;
    auto step = options.from.record;
    auto skip = options.from.skip;
    auto done = options.from.block;
    auto const here = [&] {
        return position{.record = step, .block = wraps ? done % where.batches() : done, .fingerprint = fingerprint};
    };
    std::vector<token_id> ids;
    while (done < where.batches()) {
        auto batch = make_batch(readers, where, step, ids);
        batch.start = here();
        batch.skip = std::exchange(skip, 0);
        batch.begins = step == 0;
        step += batch.steps;
        ++done;
        batch.next = here();
        options.progress.check();
        options.progress.add_tokens(batch.counted);
        co_yield std::move(batch);
    }
}
}

generator<bptt_batch> bptt_batches(encoded_corpus corpus, bptt_options options) {
    check_sizes(corpus.tokens(), options);
    std::vector<encoded_ids> readers(options.lanes, encoded_ids(std::move(corpus)));
    return batches_of(std::move(readers), std::move(options));
}

generator<bptt_batch> bptt_batches(stored_ids corpus, bptt_options options) {
    check_sizes(corpus.size(), options);
    std::vector<stored_ids> readers(options.lanes, std::move(corpus));
    return batches_of(std::move(readers), std::move(options));
}

generator<bptt_batch> bptt_batches(std::vector<token_id> corpus, bptt_options options) {
    check_sizes(corpus.size(), options);
    auto const shared = std::make_shared<std::vector<token_id> const>(std::move(corpus));
    std::vector<memory_ids> readers(options.lanes, memory_ids(shared));
    return batches_of(std::move(readers), std::move(options));
}

std::uint64_t batches_in_pass(std::uint64_t tokens, bptt_options const& options) {
    check_sizes(tokens, options);
    return lanes(tokens, options).batches();
}
}
