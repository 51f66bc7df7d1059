export module wordmill.stats:radix_sort;
import wordmill.compute;
import wordmill.standard;

namespace wordmill {
/// Sorts by bits `low` to `high` - 1 of the keys, stable, on the caller's thread; `space` [keys] is overwritten. As
/// fast as memory: passes over 8 or 9 bits with buffered writes.
export void radix_sort(std::span<std::uint64_t> keys, std::span<std::uint64_t> space, unsigned low, unsigned high);

/// The same with what is fastest there: this on the CPU, CUB's on a GPU, to which the keys go and come back.
/// `failure::unavailable` without the GPU that was demanded, `failure::resource` when its memory is too small.
export void sort_keys(std::span<std::uint64_t> keys, unsigned low, unsigned high, compute_device device);
}
