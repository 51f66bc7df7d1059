export module wordmill.stats:counting;
import :cooccurrence;
import wordmill.batch;
import wordmill.core;
import wordmill.compute;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How much a pair counts.
export enum class distance_weighting : std::uint8_t {
    flat,     ///< 1
    harmonic, ///< 1 / distance, as in GloVe
};

export struct cooccurrence_options {
    distance_weighting weighting = distance_weighting::flat;
    std::uint32_t radius = 5; ///< the largest distance there is
    unsigned threads = 1;
    /// For counting, and for the matrix; what exceeds it goes to a temporary file. At least 1 MiB is used.
    std::uint64_t memory_bytes = std::uint64_t{1} << 30;
    std::filesystem::path folder{}; ///< of temporary files; empty: `temporary_folder()`
    /// What sorts the buffers of pairs and adds them up. The same result on either.
    compute_device device = compute_device::cpu;
};

/// What a weight of 1 counts, so that every weight is a whole number: 1, or the least common multiple of 1 .. radius.
/// Sums of weights are then exact and the same in any order. `failure::usage` for a radius of 0, and for harmonic
/// weights beyond 22 (their unit exceeds 32 bits).
export [[nodiscard]] std::uint64_t weight_unit(distance_weighting weighting, std::uint32_t radius);

/// Adds up pairs on several threads: pairs of frequent types in a dense block of each thread, the others in buffers
/// that are sorted, packed and merged.
export class pair_counter {
public:
    /// `failure::usage` for more types or a larger radius than a `token_pair` can say, or no types;
    /// `failure::unavailable` without the GPU that was demanded.
    pair_counter(std::size_t types, cooccurrence_options options);
    pair_counter(pair_counter&&) noexcept;
    pair_counter& operator=(pair_counter&&) noexcept;
    ~pair_counter();

    /// What one thread counts.
    class worker {
    public:
        worker(worker&&) noexcept;
        worker& operator=(worker&&) noexcept;
        ~worker();
        /// All batches of a count are `both_ways`, or none is.
        void add(pair_batch const& batch);

    private:
        friend class pair_counter;
        struct state;
        explicit worker(std::unique_ptr<state> s);
        std::unique_ptr<state> state_;
    };
    /// The counter must stay until the worker has gone.
    [[nodiscard]] worker make_worker();
    /// The sums over all workers.
    [[nodiscard]] cooccurrence_counts finish(std::vector<worker> workers) &&;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Counts what `to_pairs` (see `cooccurrence_pairs`) makes of each block, on the thread that made it. The result does
/// not depend on the number of threads, nor on the memory.
export template <class Block, class Stage> [[nodiscard]] cooccurrence_counts
count_cooccurrences(std::size_t types, generator<Block> blocks, Stage to_pairs, cooccurrence_options options = {}) {
    struct worker {
        pair_counter::worker counts;
        typename Stage::scratch space;
    };
    auto const threads = options.threads;
    pair_counter counter(types, std::move(options));
    auto workers = reduce_blocks(
        std::move(blocks), [&counter] { return worker{.counts = counter.make_worker(), .space = {}}; },
        [to_pairs = std::move(to_pairs)](worker& w, Block&& block) {
            w.counts.add(to_pairs(std::move(block), w.space));
        },
        {.threads = threads});
    std::vector<pair_counter::worker> parts;
    for (auto& w : workers) parts.push_back(std::move(w.counts));
    return std::move(counter).finish(std::move(parts));
}
}
