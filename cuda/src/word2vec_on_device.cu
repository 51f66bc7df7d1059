#include "pinned.hpp"
#include "word2vec_kernels.hpp"
#include "wordmill/cuda/word2vec_on_device.hpp"
#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

namespace wordmill::cuda {
namespace {
constexpr std::size_t most_blocks = 4096; // of a slab
constexpr std::size_t slabs = 3;          // one is trained on, one waits, one is filled

/// Blocks that are sent and trained on together.
struct slab {
    pinned<std::uint32_t> words{}; ///< ids and sentence ends
    pinned<std::uint32_t> edges{};
    pinned<device_block> blocks{};
    pinned<word2vec_result> results{};
    array<std::uint32_t> words_there{}, edges_there{};
    array<device_block> blocks_there{};
    array<word2vec_result> results_there{};
    event done{};
    bool busy = false;
    bool stores = false; ///< its words stay on the device
    std::size_t used = 0, edges_used = 0, count = 0;
    std::size_t kept = 0, tokens = 0, ends = 0, chunks = 0; ///< sums over its blocks
};

/// Ids and ends are offsets until the slab's place on the device is known.
std::uint32_t const* offset(std::size_t words) { return reinterpret_cast<std::uint32_t const*>(words * 4); }
std::uint32_t const* at_offset(std::uint32_t const* base, std::uint32_t const* offset) {
    return base + reinterpret_cast<std::uintptr_t>(offset) / 4;
}

std::size_t bytes_of_slab(word2vec_rules const& rules) {
    // words three times; kept tokens, places, ends and windows once
    return std::size_t{rules.slab_words} * (slabs * 4 + 3 * 4 + sizeof(window));
}
}

struct word2vec_on_device::state {
    queue& work;
    word2vec_rules rules;
    word2vec_plan plan;
    array<float> input{}, output{}, input_damping{}, output_damping{}, memory{};
    array<std::uint32_t> keep_below{}, after{}, next_chunk{};
    array<noise_column> noise{};
    array<std::uint32_t> kept{}, places{}, ends{}, window_counts{};
    array<window> windows{};
    std::size_t storage;
    std::size_t stored_bytes = 0;
    std::vector<array<std::uint32_t>> stored_words{};
    std::vector<token_span> stored{};
    slab ring[slabs]{};
    std::size_t current = 0; ///< the slab that is filled
    std::size_t oldest = 0;  ///< the first whose results are still to come
    std::deque<word2vec_result> results{};

    state(queue& q, word2vec_rules const& r, std::size_t most_storage)
        : work(q), rules(r), plan(plan_of(r)), storage(most_storage) {}

    template <class T> void send(T const* from, std::size_t count, array<T>& to) {
        if (from != nullptr) upload(work, from, count, to.grown_to(work, count));
    }
    /// The slab that is filled, free and with room for another block.
    slab& room_for(std::size_t words, std::size_t tokens, bool stores) {
        auto* s = &ring[current];
        bool const full = s->count > 0
                          && (s->count == most_blocks || s->used + words > rules.slab_words
                              || s->tokens + tokens > rules.slab_words || s->stores != stores);
        if (full && !s->busy) submit();
        s = &ring[current];
        if (s->busy) collect(); // it is the oldest
        s->stores = stores;
        return *s;
    }
    void add(word2vec_block const& block, token_span tokens, slab& s) {
        auto* const edges =
            s.edges.grown_to(s.edges_used + block.before_count + block.behind_count, s.edges_used) + s.edges_used;
        std::copy_n(block.before, block.before_count, edges);
        std::copy_n(block.behind, block.behind_count, edges + block.before_count);
        s.blocks.grown_to(s.count + 1, s.count);
        s.blocks[s.count++] = {.tokens = tokens,
                               .edges = offset(s.edges_used),
                               .before_count = block.before_count,
                               .behind_count = block.behind_count,
                               .kept_offset = static_cast<std::uint32_t>(s.kept),
                               .token_offset = static_cast<std::uint32_t>(s.tokens),
                               .end_offset = static_cast<std::uint32_t>(s.ends),
                               .first_chunk = static_cast<std::uint32_t>(s.chunks),
                               .keep_key = block.keep_key,
                               .window_key = block.window_key,
                               .negatives = block.negatives,
                               .rate = block.rate};
        s.edges_used += block.before_count + block.behind_count;
        s.kept += std::size_t{tokens.count} + block.before_count + block.behind_count;
        s.tokens += tokens.count;
        s.ends += tokens.sentences;
        s.chunks += (tokens.count + rules.warp_targets - 1) / rules.warp_targets;
    }
    /// Keeps the words of a slab on the device, where they are.
    void store(slab& s) {
        auto const bytes = s.used * sizeof(std::uint32_t);
        stored_bytes += bytes;
        for (std::size_t i = 0; i < s.count; ++i) stored.push_back(s.blocks[i].tokens);
        stored_words.push_back(std::move(s.words_there));
        s.words_there = {};
    }
    template <class T> void copy_in(T const* from, std::size_t count, array<T>& to) {
        if (count > 0)
            check(cudaMemcpyAsync(to.grown_to(work, count), from, count * sizeof(T), cudaMemcpyHostToDevice,
                                  work.stream()),
                  "copy to the device");
    }
    void submit() {
        auto& s = ring[current];
        if (s.count == 0 || s.busy) return;
        copy_in(s.words.data(), s.used, s.words_there);
        copy_in(s.edges.data(), s.edges_used, s.edges_there);
        for (std::size_t i = 0; i < s.count; ++i) {
            auto& b = s.blocks[i];
            b.edges = at_offset(s.edges_there.data(), b.edges);
            if (s.used == 0) continue; // blocks that are stored
            b.tokens.ids = at_offset(s.words_there.data(), b.tokens.ids);
            b.tokens.sentence_ends = at_offset(s.words_there.data(), b.tokens.sentence_ends);
        }
        copy_in(s.blocks.data(), s.count, s.blocks_there);
        auto* const found = s.results_there.grown_to(work, s.count);
        auto const count = static_cast<unsigned>(s.count);
        windows_space const space{kept.grown_to(work, s.kept), places.grown_to(work, s.tokens),
                                  ends.grown_to(work, s.ends), windows.grown_to(work, s.tokens),
                                  window_counts.grown_to(work, s.count)};
        check(make_windows(s.blocks_there.data(), count, keep_below.data(),
                           {rules.before, rules.behind, rules.shrink, rules.cross_sentences}, space, found,
                           work.stream()),
              "windows");
        check(cudaMemsetAsync(next_chunk.data(), 0, sizeof(std::uint32_t), work.stream()), "windows");
        check(train_windows(plan,
                            {.input = input.data(),
                             .output = output.data(),
                             .stride = rules.stride,
                             .input_damping = input_damping.data(),
                             .output_damping = output_damping.data(),
                             .noise = {noise.data(), after.data(), rules.types},
                             .negatives = rules.negatives,
                             .sharing = rules.sharing,
                             .mean = rules.mean,
                             .whole_gradient = rules.whole_gradient},
                            {.blocks = s.blocks_there.data(),
                             .block_count = count,
                             .space = space,
                             .results = found,
                             .chunks = static_cast<std::uint32_t>(s.chunks),
                             .chunk_targets = rules.warp_targets,
                             .next_chunk = next_chunk.data()},
                            work.stream()),
              "training");
        check(cudaMemcpyAsync(s.results.grown_to(s.count), found, s.count * sizeof(word2vec_result),
                              cudaMemcpyDeviceToHost, work.stream()),
              "copy from the device");
        s.done.record(work);
        s.busy = true;
        if (s.stores) store(s);
        current = (current + 1) % slabs;
    }
    /// Waits for the oldest slab that is in work, takes its results and empties it.
    void collect() {
        auto& s = ring[oldest];
        s.done.wait();
        for (std::size_t i = 0; i < s.count; ++i) results.push_back(s.results[i]);
        s.busy = s.stores = false;
        s.used = s.edges_used = s.count = s.kept = s.tokens = s.ends = s.chunks = 0;
        oldest = (oldest + 1) % slabs;
    }
};

std::size_t word2vec_on_device::bytes_of(word2vec_rules const& rules, bool subsamples, bool damps) noexcept {
    std::size_t const types = rules.types;
    auto const plan = plan_of(rules);
    return 2 * types * rules.stride * sizeof(float) + types * (sizeof(noise_column) + sizeof(std::uint32_t))
           + (subsamples ? types * sizeof(std::uint32_t) : 0) + (damps ? 2 * types * sizeof(float) : 0)
           + plan.warps * plan.warp_floats * sizeof(float) + bytes_of_slab(rules);
}

word2vec_on_device::word2vec_on_device(device_queue& where, word2vec_rules const& rules, word2vec_tables const& tables,
                                       std::size_t storage) {
    auto& work = where.work();
    on_device(work.device(), "word2vec", [&] {
        state_.reset(new state(work, rules, storage));
        auto& s = *state_;
        auto const floats = std::size_t{rules.types} * rules.stride;
        s.input = array<float>(work, floats);
        s.output = array<float>(work, floats);
        s.memory = array<float>(work, s.plan.warps * s.plan.warp_floats);
        s.plan.memory = s.memory.data();
        s.next_chunk = array<std::uint32_t>(work, 1);
        s.send(tables.keep_below, rules.types, s.keep_below);
        s.send(tables.noise, rules.types, s.noise);
        s.send(tables.after, rules.types, s.after);
        s.send(tables.input_damping, rules.types, s.input_damping);
        s.send(tables.output_damping, rules.types, s.output_damping);
    });
}
word2vec_on_device::~word2vec_on_device() {
    try {
        if (state_) state_->work.wait("word2vec"); // the device may still write to the host's memory
    } catch (cuda_error const&) {
        // the device is gone, and all that was on it
    }
}

void word2vec_on_device::write(float const* input, float const* output) {
    auto& s = *state_;
    on_device(s.work.device(), "word2vec", [&] {
        upload(s.work, input, s.input.size(), s.input.data());
        upload(s.work, output, s.output.size(), s.output.data());
    });
}
void word2vec_on_device::read(float* input, float* output) {
    auto& s = *state_;
    on_device(s.work.device(), "word2vec", [&] {
        download(s.work, static_cast<float const*>(s.input.data()), s.input.size(), input);
        download(s.work, static_cast<float const*>(s.output.data()), s.output.size(), output);
    });
}

bool word2vec_on_device::add(word2vec_block const& block, bool store) {
    auto& s = *state_;
    return on_device(s.work.device(), "word2vec", [&] {
        auto const& t = block.tokens;
        auto const words = std::size_t{t.count} + t.sentences;
        if (s.ring[s.current].used == 0) s.submit(); // stored blocks go alone
        auto const waiting = s.ring[s.current].busy ? 0 : s.ring[s.current].used;
        bool const stores = store && s.stored_bytes + (waiting + words) * sizeof(std::uint32_t) <= s.storage;
        auto& to = s.room_for(words, t.count, stores);
        auto* const place = to.words.grown_to(to.used + words, to.used) + to.used;
        std::copy_n(t.ids, t.count, place);
        std::copy_n(t.sentence_ends, t.sentences, place + t.count);
        s.add(block, {offset(to.used), offset(to.used + t.count), t.count, t.sentences}, to);
        to.used += words;
        return stores;
    });
}
void word2vec_on_device::add_stored(std::size_t number, word2vec_block const& block) {
    auto& s = *state_;
    on_device(s.work.device(), "word2vec", [&] {
        if (s.ring[s.current].used > 0) s.submit();
        auto const& tokens = s.stored[number];
        s.add(block, tokens, s.room_for(0, tokens.count, false));
    });
}
void word2vec_on_device::submit() {
    auto& s = *state_;
    on_device(s.work.device(), "word2vec", [&] { s.submit(); });
}
std::size_t word2vec_on_device::take_results(word2vec_result* to, std::size_t most, bool all) {
    auto& s = *state_;
    on_device(s.work.device(), "word2vec", [&] {
        while (s.ring[s.oldest].busy && (all || s.ring[s.oldest].done.reached())) s.collect();
    });
    auto const count = std::min(most, s.results.size());
    std::copy_n(s.results.begin(), count, to);
    s.results.erase(s.results.begin(), s.results.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
}

void word2vec_on_device::forget_stored() {
    auto& s = *state_;
    s.stored.clear();
    s.stored_words.clear();
    s.stored_bytes = 0;
}
void word2vec_on_device::edges_of_stored(std::uint64_t const* keep_keys, std::size_t count, block_edges* edges,
                                         std::uint32_t* first, std::uint32_t* last) {
    auto& s = *state_;
    if (count == 0) return;
    on_device(s.work.device(), "word2vec", [&] {
        std::vector<token_span> blocks(s.stored.begin(), s.stored.begin() + static_cast<std::ptrdiff_t>(count));
        if (s.rules.cross_sentences) // edges are as windows are
            for (auto& b : blocks) b.sentences = 0;
        array<token_span> const blocks_there(s.work, count);
        array<std::uint64_t> const keys_there(s.work, count);
        array<block_edges> const edges_there(s.work, count);
        array<std::uint32_t> const first_there(s.work, count * s.rules.behind);
        array<std::uint32_t> const last_there(s.work, count * s.rules.before);
        upload(s.work, blocks.data(), count, blocks_there.data());
        upload(s.work, keep_keys, count, keys_there.data());
        check(find_edges_of_blocks(blocks_there.data(), static_cast<unsigned>(count), keys_there.data(),
                                   s.keep_below.data(), s.rules.behind, s.rules.before, edges_there.data(),
                                   first_there.data(), last_there.data(), s.work.stream()),
              "edges of blocks");
        download(s.work, static_cast<block_edges const*>(edges_there.data()), count, edges);
        download(s.work, static_cast<std::uint32_t const*>(first_there.data()), first_there.size(), first);
        download(s.work, static_cast<std::uint32_t const*>(last_there.data()), last_there.size(), last);
    });
}
}
