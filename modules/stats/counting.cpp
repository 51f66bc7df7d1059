module;
#include <algorithm>
#include <bit>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.batch;
import wordmill.core;
import wordmill.compute;
import wordmill.stream;
import :cooccurrence;
import :counting;
import :dense_block;
import :device_sums;
import :pair_runs;
import :radix_sort;
import :run_levels;

namespace wordmill {
namespace {
constexpr std::uint32_t most_harmonic_radius = 22;
constexpr std::uint64_t least_memory = std::uint64_t{1} << 20;
constexpr std::size_t most_dense_side = 4096; // 64 MiB: three quarters of the pairs of English text
constexpr std::uint64_t most_buffered = std::uint64_t{1} << 25;
constexpr std::uint64_t pairs_of_part = std::uint64_t{1} << 16;
constexpr std::uint64_t most_parts = std::uint64_t{1} << 16;

/// How the memory is divided among threads.
struct memory_plan {
    std::size_t dense_side;
    std::size_t buffered_pairs;
    std::uint64_t runs; ///< bytes, of all threads together
};

memory_plan plan_memory(std::size_t types, cooccurrence_options const& options, bool cuda) {
    auto const memory = std::max(options.memory_bytes, least_memory);
    auto const threads = std::uint64_t{std::max(options.threads, 1U)};
    auto side = std::min(most_dense_side, std::bit_ceil(types));
    while (side * side * sizeof(std::uint32_t) * threads > memory / 4) side /= 2;
    // a pair takes 16 bytes for sorting and up to 12 more while it is packed; a sum from a GPU takes 16, beside 8 for
    // the pair
    auto const buffered = std::min(memory / 2 / threads / (cuda ? 36 : 28), most_buffered);
    return {side, buffered, memory / 4};
}

/// A matrix stored as runs. Each reading merges the runs, part by part, on several threads.
class merged_runs final : public cooccurrence_counts::source {
public:
    merged_runs(std::vector<std::shared_ptr<pair_run const>> runs, unsigned threads)
        : runs_(std::move(runs)), threads_(threads) {
        choose_parts();
    }
    [[nodiscard, clang::coro_wrapper]] generator<std::span<cooccurrence const>> entries() const override {
        return blocks(part_numbers(begins_.size()) | parallel(merge_part{this}, {.threads = threads_}));
    }

private:
    struct merge_part {
        merged_runs const* all;
        std::vector<cooccurrence> operator()(std::size_t part) const {
            auto const& begins = all->begins_;
            merged_pairs pairs(all->runs_, begins[part],
                               part + 1 < begins.size() ? std::optional(begins[part + 1]) : std::nullopt,
                               run_levels::read_buffer / 4);
            std::vector<cooccurrence> entries;
            entries.reserve(pairs_of_part);
            while (auto const pair = pairs.next())
                entries.push_back({row_of(pair->key), column_of(pair->key), pair->weight});
            return entries;
        }
    };
    static generator<std::size_t> part_numbers(std::size_t parts) {
        for (std::size_t part = 0; part < parts; ++part) co_yield part;
    }
    static generator<std::span<cooccurrence const>> blocks(generator<std::vector<cooccurrence>> parts) {
        for (auto&& entries : parts)
            if (!entries.empty()) co_yield std::span<cooccurrence const>(entries);
    }
    /// Chooses where parts of about equal size begin, from the restarts of the runs.
    void choose_parts() {
        struct place {
            std::uint64_t key;
            std::uint64_t pairs; ///< from here to the next place of the same run
        };
        std::vector<place> places;
        std::uint64_t pairs = 0;
        for (auto const& run : runs_) {
            for (auto const& r : run->restarts()) places.push_back({r.key, run->pairs_per_restart()});
            pairs += run->pairs();
        }
        std::ranges::sort(places, {}, &place::key);
        auto const parts = std::clamp<std::uint64_t>(pairs / pairs_of_part, 1, most_parts);
        begins_ = {0};
        std::uint64_t seen = 0;
        for (auto const& p : places) {
            if (seen >= pairs / parts * begins_.size() && p.key > begins_.back()) begins_.push_back(p.key);
            seen += p.pairs;
        }
    }

    std::vector<std::shared_ptr<pair_run const>> runs_;
    unsigned threads_;
    std::vector<std::uint64_t> begins_{}; ///< keys that the parts begin with
};
}

std::uint64_t weight_unit(distance_weighting weighting, std::uint32_t radius) {
    auto const refuse = [&](std::uint32_t most) {
        throw error(failure::usage, "co-occurrence: expected a radius of 1 to " + std::to_string(most)
                                        + (weighting == distance_weighting::harmonic ? " for harmonic weights" : "")
                                        + ", found " + std::to_string(radius));
    };
    if (weighting == distance_weighting::flat) {
        if (radius == 0 || radius > token_pair::most_distance) refuse(token_pair::most_distance);
        return 1;
    }
    if (radius == 0 || radius > most_harmonic_radius) refuse(most_harmonic_radius);
    std::uint64_t unit = 1;
    for (std::uint64_t d = 2; d <= radius; ++d) unit = std::lcm(unit, d);
    return unit;
}

struct pair_counter::state {
    std::size_t types;
    unsigned threads;
    std::uint64_t unit;
    std::vector<std::uint32_t> weights; ///< by distance; 0 for distances that must not occur
    memory_plan plan;
    run_levels runs;
    std::unique_ptr<device_sums> device; ///< nullptr: each worker sorts its own pairs
};

struct pair_counter::worker::state {
    pair_counter::state& shared;
    dense_block dense;
    std::vector<std::uint64_t> pairs{}; ///< packed pairs that are not yet sorted
    std::vector<std::uint64_t> space{};
    std::optional<bool> both_ways{};

    void add(pair_batch const& batch) {
        expect(both_ways.value_or(batch.both_ways) == batch.both_ways, "a count is of one kind of pairs");
        both_ways = batch.both_ways;
        for (auto const pair : batch.pairs) {
            auto const weight = shared.weights[pair.distance()];
            expect(weight > 0, "a pair is no farther apart than the radius");
            if (dense.holds(pair.row(), pair.column())) {
                dense.add(pair.row(), pair.column(), weight);
                continue;
            }
            if (pairs.size() == shared.plan.buffered_pairs) flush();
            pairs.push_back(pair.packed());
        }
    }
    /// Sorts and hands over the waiting pairs.
    void flush() {
        if (shared.device) {
            for (auto& run : shared.device->runs_of(pairs, both_ways.value_or(false))) shared.runs.add(std::move(run));
            pairs.clear();
            return;
        }
        pack(false);
        if (both_ways.value_or(false)) {
            for (auto& p : pairs) {
                auto const pair = token_pair::of(p);
                p = token_pair(pair.column(), pair.row(), pair.distance()).packed();
            }
            pack(true);
        }
        pairs.clear();
    }

private:
    /// Sorts the pairs, sums equal ones and hands over the run. The diagonal counts twice when pairs count both ways.
    void pack(bool turned) {
        constexpr auto column_bit = token_pair::distance_bits;
        constexpr auto row_bit = column_bit + token_pair::id_bits;
        auto const bits = static_cast<unsigned>(std::bit_width(shared.types - 1));
        space.resize(pairs.size());
        radix_sort(pairs, space, column_bit, column_bit + bits);
        radix_sort(pairs, space, row_bit, row_bit + bits);
        pair_run_writer writer;
        for (std::size_t i = 0; i < pairs.size();) {
            auto const pair = token_pair::of(pairs[i]);
            auto const same = pairs[i] >> column_bit;
            std::uint64_t weight = 0; // of fewer than 2^26 pairs: no overflow
            for (; i < pairs.size() && pairs[i] >> column_bit == same; ++i)
                weight += shared.weights[pairs[i] & token_pair::most_distance];
            bool const twice = *both_ways && pair.row() == pair.column();
            if (twice && turned) continue;
            writer.add({pair_key(pair.row(), pair.column()), twice ? 2 * weight : weight});
        }
        shared.runs.add(std::move(writer).finish());
    }
};

pair_counter::pair_counter(std::size_t types, cooccurrence_options options) {
    auto const unit = weight_unit(options.weighting, options.radius);
    if (types == 0 || types > token_pair::most_types)
        throw error(failure::usage, "co-occurrence: expected 1 to " + std::to_string(token_pair::most_types)
                                        + " types, found " + std::to_string(types));
    std::vector<std::uint32_t> weights(token_pair::most_distance + 1);
    for (std::uint32_t d = 1; d <= options.radius; ++d)
        weights[d] = static_cast<std::uint32_t>(options.weighting == distance_weighting::flat ? 1 : unit / d);
    constexpr std::size_t of_pair = 48; // bytes on a GPU, and some beside
    bool const cuda = takes_cuda(options.device, plan_memory(types, options, true).buffered_pairs * of_pair);
    auto device = cuda ? on_cuda([&] { return std::make_unique<device_sums>(types, weights); }) : nullptr;
    auto const plan = plan_memory(types, options, cuda);
    state_.reset(new state{.types = types,
                           .threads = options.threads,
                           .unit = unit,
                           .weights = std::move(weights),
                           .plan = plan,
                           .runs = run_levels(plan.runs, options.folder),
                           .device = std::move(device)});
}
pair_counter::pair_counter(pair_counter&&) noexcept = default;
pair_counter& pair_counter::operator=(pair_counter&&) noexcept = default;
pair_counter::~pair_counter() = default;

pair_counter::worker::worker(std::unique_ptr<state> s) : state_(std::move(s)) {}
pair_counter::worker::worker(worker&&) noexcept = default;
pair_counter::worker& pair_counter::worker::operator=(worker&&) noexcept = default;
pair_counter::worker::~worker() = default;
void pair_counter::worker::add(pair_batch const& batch) { state_->add(batch); }

pair_counter::worker pair_counter::make_worker() {
    auto made = std::make_unique<worker::state>(*state_, dense_block(state_->plan.dense_side));
    made->pairs.reserve(state_->plan.buffered_pairs);
    return worker(std::move(made));
}

cooccurrence_counts pair_counter::finish(std::vector<worker> workers) && {
    bool both_ways = false;
    std::optional<dense_block> dense;
    for (auto& w : workers) {
        auto& part = *w.state_;
        both_ways = both_ways || part.both_ways.value_or(false);
        part.flush();
        part.pairs = {};
        part.space = {};
        if (dense)
            dense->add(part.dense);
        else
            dense = std::move(part.dense);
        part.dense = dense_block(0);
    }
    if (dense) {
        pair_run_writer writer;
        dense->each(both_ways, [&](weighted_pair pair) { writer.add(pair); });
        dense.reset();
        state_->runs.add(std::move(writer).finish());
    }
    return {state_->types, state_->unit,
            std::make_shared<merged_runs>(std::move(state_->runs).take(), state_->threads)};
}
}
