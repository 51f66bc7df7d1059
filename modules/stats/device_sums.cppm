module;
#include "wordmill/cuda/pairs_on_device.hpp"
module wordmill.stats:device_sums;
import :pair_runs;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A GPU that sums pairs of tokens for many threads, one thread at a time.
class device_sums {
public:
    /// For ids below `types`; `weights` [largest distance + 1] is the weight of each distance.
    device_sums(std::size_t types, std::span<std::uint32_t const> weights)
        : queue_(cuda_queue()),
          device_(device_queue_of(*queue_), token_pair::id_bits, token_pair::distance_bits,
                  static_cast<unsigned>(std::bit_width(types - 1)), weights.data()) {
        expect(weights.size() == token_pair::most_distance + 1, "a weight for every distance");
    }

    /// Sums packed pairs, by rising key. With `both_ways`, the pairs with row and column swapped form a second run, and
    /// the diagonal counts twice.
    [[nodiscard]] std::vector<pair_run> runs_of(std::span<std::uint64_t const> pairs, bool both_ways) {
        std::vector<pair_run> runs;
        std::vector<std::uint64_t> keys, sums;
        for (bool const turned : {false, true}) {
            if (turned && !both_ways) break;
            {
                std::scoped_lock const lock(mutex_);
                on_cuda([&] {
                    device_.load(pairs.data(), pairs.size());
                    keys.resize(device_.add_up(both_ways, turned));
                    sums.resize(keys.size());
                    device_.read(keys.data(), sums.data());
                });
            }
            pair_run_writer writer;
            for (std::size_t i = 0; i < keys.size(); ++i)
                if (sums[i] > 0) writer.add({keys[i], sums[i]});
            runs.push_back(std::move(writer).finish());
        }
        return runs;
    }

private:
    std::mutex mutex_{};
    std::shared_ptr<compute_queue> queue_;
    cuda::pairs_on_device device_;
};
}
