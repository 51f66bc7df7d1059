module;
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/word2vec_on_device.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>
module wordmill.word2vec;
import :model;
import :on_cuda;
import :weights;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;

namespace wordmill {
namespace {
constexpr double bearable = 16; // windows at a time that may change a row without damping
constexpr std::uint64_t small_epoch = 20'000'000;

std::uint32_t const* numbers(std::span<token_id const> ids) {
    return reinterpret_cast<std::uint32_t const*>(ids.data());
}
double kept_share(std::span<std::uint32_t const> keep_below, std::size_t i) {
    return keep_below.empty() ? 1 : (static_cast<double>(keep_below[i]) + 1) / 0x1p32;
}

cuda::word2vec_rules rules_of(word2vec_options const& model, std::size_t stride, word2vec_on_cuda_options const& o) {
    return {.types = static_cast<std::uint32_t>(model.vocabulary_size),
            .dimension = static_cast<std::uint32_t>(model.dimension),
            .stride = static_cast<std::uint32_t>(stride),
            .cbow = model.architecture == architecture::cbow,
            .mean = model.cbow != cbow_input::sum,
            .whole_gradient = model.cbow != cbow_input::mean,
            .negatives = o.negatives,
            .sharing = o.sharing == negative_sharing::pair     ? cuda::shared_by::pair
                       : o.sharing == negative_sharing::window ? cuda::shared_by::window
                                                               : cuda::shared_by::batch,
            .exclude_target = o.exclude_target && o.sharing != negative_sharing::batch,
            .before = o.before,
            .behind = o.behind,
            .shrink = o.shrink,
            .cross_sentences = o.cross_sentences,
            .warps = o.in_flight,
            .warp_targets = o.kept_tokens < small_epoch ? 256U : 1024U,
            .slab_words = o.slab_words};
}
}

std::uint64_t kept_tokens(std::span<std::uint64_t const> counts, std::span<std::uint32_t const> keep_below) noexcept {
    double sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) sum += static_cast<double>(counts[i]) * kept_share(keep_below, i);
    return static_cast<std::uint64_t>(sum);
}

std::vector<float> damping_of(std::span<double const> probabilities, double places, std::uint32_t in_flight) {
    std::vector<float> damping;
    bool damps = false;
    for (auto const p : probabilities) {
        auto const expected = p * places * in_flight;
        damping.push_back(static_cast<float>(expected > bearable ? bearable / expected : 1));
        damps = damps || expected > bearable;
    }
    if (!damps) damping.clear();
    return damping;
}

struct word2vec_on_cuda::state {
    std::shared_ptr<compute_queue> queue;
    cuda::word2vec_rules rules;
    std::unique_ptr<cuda::word2vec_on_device> device{};

    [[nodiscard]] cuda::word2vec_block of(block const& b, word2vec_keys const& keys) const {
        auto const negatives = keys.negatives.fold_in(b.index);
        return {.tokens = {.ids = numbers(b.ids),
                           .sentence_ends = b.sentence_ends.data(),
                           .count = static_cast<std::uint32_t>(b.ids.size()),
                           .sentences = static_cast<std::uint32_t>(b.sentence_ends.size())},
                .before = numbers(b.before),
                .behind = numbers(b.after),
                .before_count = static_cast<std::uint32_t>(b.before.size()),
                .behind_count = static_cast<std::uint32_t>(b.after.size()),
                .keep_key = keys.keep.fold_in(b.index).bits(),
                .window_key = keys.windows.fold_in(b.index).bits(),
                .negatives = {.key = negatives.bits(),
                              .redraw_key = negatives.fold_in(0).bits(),
                              .exclude_target = rules.exclude_target},
                .rate = b.rate};
    }
};

std::uint64_t word2vec_on_cuda::memory_bytes(word2vec_options const& model, word2vec_on_cuda_options const& options) {
    return cuda::word2vec_on_device::bytes_of(rules_of(model, embedding_weights::stride_of(model.dimension), options),
                                              true, true);
}

word2vec_on_cuda::word2vec_on_cuda(word2vec_model const& model, word2vec_on_cuda_options const& options,
                                   word2vec_on_cuda_tables const& tables)
    : state_(new state{cuda_queue(), rules_of(model.options(), model.weights().input().stride, options)}) {
    static_assert(sizeof(alias_column) == sizeof(cuda::noise_column));
    auto const& rules = state_->rules;
    // A row is used by about as many places of a window as there are contexts, and once as a target.
    std::vector<double> kept(tables.counts.size());
    double total = 0;
    for (std::size_t i = 0; i < kept.size(); ++i)
        total += kept[i] = static_cast<double>(tables.counts[i]) * kept_share(tables.keep_below, i);
    for (auto& p : kept) p /= std::max(total, 1.0);
    auto const widest = rules.before + rules.behind;
    auto const contexts = rules.shrink ? (widest + 2) / 2.0 : widest;
    auto const input_damping = damping_of(kept, contexts, rules.warps);
    auto const pairs = rules.sharing == cuda::shared_by::pair ? contexts : 1.0;
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] += rules.negatives * pairs * tables.noise_probabilities[i];
    auto const output_damping = damping_of(kept, 1, rules.warps);
    auto const pointer = [](auto const& x) { return x.empty() ? nullptr : x.data(); };
    on_cuda([&] {
        auto const needed = memory_bytes(model.options(), options);
        auto const free = cuda::free_memory(cuda::check_devices().device);
        // A share is left for others, and for what the device itself needs.
        auto const storage = std::min<std::uint64_t>(options.storage, free > needed ? (free - needed) / 10 * 9 : 0);
        state_->device = std::make_unique<cuda::word2vec_on_device>(
            device_queue_of(*state_->queue), rules,
            cuda::word2vec_tables{.keep_below = pointer(tables.keep_below),
                                  .noise = reinterpret_cast<cuda::noise_column const*>(tables.noise.data()),
                                  .after = tables.after.data(),
                                  .input_damping = pointer(input_damping),
                                  .output_damping = pointer(output_damping)},
            storage);
    });
    write(model);
}
word2vec_on_cuda::word2vec_on_cuda(word2vec_on_cuda&&) noexcept = default;
word2vec_on_cuda::~word2vec_on_cuda() = default;

bool word2vec_on_cuda::add(block const& b, word2vec_keys const& keys, bool store) {
    if (b.ids.size() + b.sentence_ends.size() > std::numeric_limits<std::uint32_t>::max() / 2)
        throw error(failure::resource, "a block of " + format_count(b.ids.size()) + " tokens is too long for a GPU");
    return on_cuda([&] { return state_->device->add(state_->of(b, keys), store); });
}
void word2vec_on_cuda::add_stored(std::size_t number, block const& b, word2vec_keys const& keys) {
    on_cuda([&] { state_->device->add_stored(number, state_->of(b, keys)); });
}
void word2vec_on_cuda::submit() {
    on_cuda([&] { state_->device->submit(); });
}
std::vector<word2vec_on_cuda::result> word2vec_on_cuda::results(bool all) {
    std::vector<result> out;
    on_cuda([&] {
        cuda::word2vec_result some[64];
        for (bool more = true; more;) {
            auto const count = state_->device->take_results(some, std::size(some), all);
            for (auto const& r : std::span(some).first(count))
                out.push_back({.loss = {.sum = r.loss, .count = state_->rules.cbow ? r.targets : r.pairs},
                               .kept = r.kept,
                               .alone = r.alone});
            more = count == std::size(some);
        }
    });
    return out;
}

std::vector<word2vec_on_cuda::edges> word2vec_on_cuda::edges_of_stored(std::span<std::uint64_t const> indices,
                                                                       random_key keep) {
    std::vector<std::uint64_t> keys;
    for (auto const i : indices) keys.push_back(keep.fold_in(i).bits());
    std::vector<cuda::block_edges> found(indices.size());
    std::size_t const most_first = state_->rules.behind, most_last = state_->rules.before;
    std::vector<token_id> first(indices.size() * most_first), last(indices.size() * most_last);
    on_cuda([&] {
        state_->device->edges_of_stored(keys.data(), keys.size(), found.data(),
                                        reinterpret_cast<std::uint32_t*>(first.data()),
                                        reinterpret_cast<std::uint32_t*>(last.data()));
    });
    std::vector<edges> out;
    for (std::size_t i = 0; i < indices.size(); ++i) {
        auto const part = [](std::vector<token_id> const& of, std::size_t begin, std::size_t size) {
            return std::vector(of.begin() + static_cast<std::ptrdiff_t>(begin),
                               of.begin() + static_cast<std::ptrdiff_t>(begin + size));
        };
        out.push_back({part(first, i * most_first, found[i].first), part(last, i * most_last, found[i].last)});
    }
    return out;
}
void word2vec_on_cuda::forget_stored() {
    on_cuda([&] { state_->device->forget_stored(); });
}

void word2vec_on_cuda::write(word2vec_model const& model) {
    on_cuda([&] { state_->device->write(model.weights().input().data, model.weights().output().data); });
}
void word2vec_on_cuda::read(word2vec_model& model) {
    on_cuda([&] { state_->device->read(model.weights().input().data, model.weights().output().data); });
}
}
