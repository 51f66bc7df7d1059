export module wordmill.stats:counting;
import :cooccurrence;
import wordmill.batch;
import wordmill.core;
import wordmill.compute;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// The weight of a pair at a distance.
export enum class distance_weighting : std::uint8_t {
    flat,     ///< 1
    harmonic, ///< 1 / distance, as in GloVe
};

export struct cooccurrence_options {
    distance_weighting weighting = distance_weighting::flat;
    std::uint32_t radius = 5; ///< the largest distance between the tokens of a pair
    unsigned threads = 1;
    /// Bound on the memory for counting, and for the matrix; data beyond it goes to a temporary file. At least 1 MiB is
    /// used.
    std::uint64_t memory_bytes = std::uint64_t{1} << 30;
    std::filesystem::path folder{}; ///< for temporary files; empty means `temporary_folder()`
    /// The device that sorts and sums the buffers of pairs. The result is the same on either.
    compute_device device = compute_device::cpu;
};

/// The integer that stands for a weight of 1, chosen so that every weight is a whole number: 1 for flat weights, the
/// least common multiple of 1 .. radius for harmonic ones. Sums of weights are therefore exact and the same in any
/// order. A radius of 0 is a `failure::usage`; so is a radius above 22 with harmonic weights, whose unit would exceed
/// 32 bits.
export [[nodiscard]] std::uint64_t weight_unit(distance_weighting weighting, std::uint32_t radius);

/// Sums pairs on several threads. Each thread counts pairs of frequent types in a dense block; all other pairs go to
/// buffers that are sorted, packed and merged.
export class pair_counter {
public:
    /// No types, and more types or a larger radius than a `token_pair` can hold, are a `failure::usage`. A missing GPU
    /// is a `failure::unavailable` if the options require one.
    pair_counter(std::size_t types, cooccurrence_options options);
    pair_counter(pair_counter&&) noexcept;
    pair_counter& operator=(pair_counter&&) noexcept;
    ~pair_counter();

    /// The counter of one thread.
    class worker {
    public:
        worker(worker&&) noexcept;
        worker& operator=(worker&&) noexcept;
        ~worker();
        /// Either all batches of a count are `both_ways`, or none is.
        void add(pair_batch const& batch);

    private:
        friend class pair_counter;
        struct state;
        explicit worker(std::unique_ptr<state> s);
        std::unique_ptr<state> state_;
    };
    /// The counter must outlive the worker.
    [[nodiscard]] worker make_worker();
    /// Returns the sums over all workers.
    [[nodiscard]] cooccurrence_counts finish(std::vector<worker> workers) &&;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Counts the pairs that `to_pairs` (see `cooccurrence_pairs`) makes of each block, on the thread that made them. The
/// result depends neither on the number of threads nor on the memory.
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
