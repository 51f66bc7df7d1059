#include "warp.hpp"
#include "window_kernels.hpp"

namespace wordmill::cuda {
namespace {
constexpr unsigned threads = 256;
constexpr unsigned warps = threads / 32;
constexpr unsigned per_thread = 4; // as many as random words are made at once
constexpr unsigned at_once = threads * per_thread;

struct sums_of_warps {
    unsigned long long of_warp[warps];
};
/// The sum over the threads of the block before this one; `total` becomes that over all.
__device__ unsigned long long sum_before(unsigned long long x, unsigned long long& total) {
    auto& shared = block_memory<sums_of_warps>();
    unsigned const lane = threadIdx.x % 32;
    unsigned const warp = threadIdx.x / 32;
    auto sum = x;
    for (unsigned distance = 1; distance < 32; distance *= 2) {
        auto const other = __shfl_up_sync(whole_warp, sum, distance);
        if (lane >= distance) sum += other;
    }
    if (lane == 31) shared.of_warp[warp] = sum;
    __syncthreads();
    auto before = sum - x;
    total = 0;
    for (unsigned w = 0; w < warps; ++w) {
        if (w < warp) before += shared.of_warp[w];
        total += shared.of_warp[w];
    }
    __syncthreads(); // before the next call writes
    return before;
}

/// The kept tokens of a block, and how many of them come before each token; returns their number.
__device__ std::uint32_t keep_tokens(device_block const& b, std::uint32_t const* keep_below, std::uint32_t* kept,
                                     std::uint32_t* places) {
    std::uint32_t before = 0;
    for (std::uint32_t tile = 0; tile < b.tokens.count; tile += at_once) {
        auto const first = tile + threadIdx.x * per_thread;
        std::uint32_t ids[per_thread];
        bool keeps[per_thread];
        unsigned count = 0;
        auto const words = random_words(b.keep_key, first / per_thread);
        for (unsigned i = 0; i < per_thread; ++i) {
            bool const is = first + i < b.tokens.count;
            ids[i] = is ? b.tokens.ids[first + i] : 0;
            keeps[i] = is && (keep_below == nullptr || words.word[i] <= keep_below[ids[i]]);
            count += keeps[i] ? 1 : 0;
        }
        unsigned long long total = 0;
        auto at = before + static_cast<std::uint32_t>(sum_before(count, total));
        for (unsigned i = 0; i < per_thread; ++i) {
            if (first + i < b.tokens.count) places[first + i] = at;
            if (keeps[i]) kept[at++] = ids[i];
        }
        before += static_cast<std::uint32_t>(total);
    }
    return before;
}

/// The number of ends that are at most `at`.
__device__ std::uint32_t sentence_of(std::uint32_t const* ends, std::uint32_t count, std::uint32_t at) {
    std::uint32_t first = 0;
    for (auto last = count; first < last;) {
        auto const middle = first + (last - first) / 2;
        if (ends[middle] <= at)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/// A block of threads for each block of tokens.
__global__ void make_windows_kernel(device_block const* blocks, std::uint32_t const* keep_below, window_rule rule,
                                    windows_space space, word2vec_result* results) {
    auto const& b = blocks[blockIdx.x];
    auto* const kept = space.kept + b.kept_offset;
    auto* const places = space.places + b.token_offset;
    auto* const ends = space.ends + b.end_offset;
    auto* const windows = space.windows + b.token_offset;
    auto const own = keep_tokens(b, keep_below, kept + b.before_count, places);
    auto const all = b.before_count + own + b.behind_count;
    for (auto i = threadIdx.x; i < b.before_count; i += threads) kept[i] = b.edges[i];
    for (auto i = threadIdx.x; i < b.behind_count; i += threads)
        kept[b.before_count + own + i] = b.edges[b.before_count + i];
    __syncthreads();
    for (auto i = threadIdx.x; i < b.tokens.sentences; i += threads) {
        auto const end = b.tokens.sentence_ends[i];
        ends[i] = end < b.tokens.count ? places[end] : own;
    }
    __syncthreads();

    auto const widest = rule.before > rule.behind ? rule.before : rule.behind;
    auto const sentences = rule.cross_sentences ? 0 : b.tokens.sentences;
    std::uint32_t count = 0, pairs = 0;
    for (std::uint32_t tile = 0; tile < own; tile += at_once) {
        auto const first = tile + threadIdx.x * per_thread;
        auto const words = random_words(b.window_key, first / per_thread);
        window found[per_thread];
        unsigned long long sizes = 0; // windows above pairs
        for (unsigned i = 0; i < per_thread; ++i) {
            found[i] = {b.before_count + first + i, 0, 0, 0};
            if (first + i >= own) continue;
            auto const sentence = sentence_of(ends, sentences, first + i);
            auto const begin = sentence == 0 ? 0 : b.before_count + ends[sentence - 1];
            auto const end = sentence < sentences ? b.before_count + ends[sentence] : all;
            auto const reach = rule.shrink ? shrunk_radius(words.word[i], widest) : widest;
            auto const at = found[i].at;
            found[i].left = static_cast<std::uint16_t>(min(min(rule.before, reach), at - begin));
            found[i].right = static_cast<std::uint16_t>(min(min(rule.behind, reach), end - at - 1));
            unsigned const contexts = found[i].left + found[i].right;
            if (contexts > 0) sizes += (1ULL << 32) + contexts;
        }
        unsigned long long total = 0;
        auto before = sum_before(sizes, total);
        for (unsigned i = 0; i < per_thread; ++i) {
            unsigned const contexts = found[i].left + found[i].right;
            if (contexts == 0) continue;
            found[i].first_pair = pairs + static_cast<std::uint32_t>(before);
            windows[count + static_cast<std::uint32_t>(before >> 32)] = found[i];
            before += (1ULL << 32) + contexts;
        }
        count += static_cast<std::uint32_t>(total >> 32);
        pairs += static_cast<std::uint32_t>(total);
    }
    if (threadIdx.x == 0) {
        space.counts[blockIdx.x] = count;
        results[blockIdx.x] = {0, pairs, count, own, own - count};
    }
}

/// A thread for each block: it looks at a few tokens only.
__global__ void find_edges_kernel(token_span const* blocks, unsigned count, std::uint64_t const* keep_keys,
                                  std::uint32_t const* keep_below, std::uint32_t most_first, std::uint32_t most_last,
                                  block_edges* edges, std::uint32_t* first, std::uint32_t* last) {
    auto const at = blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count) return;
    edges[at] = find_edges(blocks[at], {keep_below, keep_keys[at]}, most_first,
                           first + static_cast<std::size_t>(at) * most_first, most_last,
                           last + static_cast<std::size_t>(at) * most_last);
}
}

cudaError_t make_windows(device_block const* blocks, unsigned count, std::uint32_t const* keep_below, window_rule rule,
                         windows_space space, word2vec_result* results, cudaStream_t stream) {
    return launch(make_windows_kernel, {count, threads, 0, stream}, blocks, keep_below, rule, space, results);
}

cudaError_t find_edges_of_blocks(token_span const* blocks, unsigned count, std::uint64_t const* keep_keys,
                                 std::uint32_t const* keep_below, std::uint32_t most_first, std::uint32_t most_last,
                                 block_edges* edges, std::uint32_t* first, std::uint32_t* last, cudaStream_t stream) {
    return launch(find_edges_kernel, {(count + 31) / 32, 32, 0, stream}, blocks, count, keep_keys, keep_below,
                  most_first, most_last, edges, first, last);
}
}
