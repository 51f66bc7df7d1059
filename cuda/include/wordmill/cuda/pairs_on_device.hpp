// Plain header between nvcc and the modules.
#pragma once
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/error.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>

namespace wordmill::cuda {
/// Sorts by bits `low` to `high` - 1 of the keys, stable, on the first usable device. Throws cuda_error.
void sort_keys(std::uint64_t* keys, std::size_t count, unsigned low, unsigned high);

/// Adds up pairs of tokens on a device. For one thread at a time; every member throws cuda_error.
class pairs_on_device {
public:
    /// Pairs of `id_bits` for the row, as many for the column and `distance_bits` for the distance, of which the ids
    /// use the lowest `used_bits`; `weights` [2^distance_bits] says what a distance counts. Works in `where`, which
    /// must outlive it.
    pairs_on_device(device_queue& where, unsigned id_bits, unsigned distance_bits, unsigned used_bits,
                    std::uint32_t const* weights);
    ~pairs_on_device();

    /// The pairs to add up, fewer than 2^31.
    void load(std::uint64_t const* pairs, std::size_t count);
    /// Adds up the loaded pairs and returns the number of different ones. `both_ways`: the diagonal counts twice;
    /// `turned`: as pairs of column and row, without the diagonal, whose sums are then 0.
    [[nodiscard]] std::size_t add_up(bool both_ways, bool turned);
    /// The sums of the last call, by rising place: row above column, 32 bits each.
    void read(std::uint64_t* places, std::uint64_t* sums);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
