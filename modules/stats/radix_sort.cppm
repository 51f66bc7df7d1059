export module wordmill.stats:radix_sort;
import wordmill.compute;
import wordmill.standard;

namespace wordmill {
/// Stable sort by bits `low` to `high` - 1 of the keys, on the caller's thread; `space` [keys] is overwritten. Each
/// pass sorts by 8 or 9 bits with buffered writes, so that memory bandwidth is the limit.
export void radix_sort(std::span<std::uint64_t> keys, std::span<std::uint64_t> space, unsigned low, unsigned high);

/// The same on a device: `radix_sort` on the CPU, CUB's radix sort on a GPU. The keys are copied to the GPU and back.
/// Throws `failure::unavailable` when a GPU is required and there is none, and `failure::resource` when its memory is
/// too small.
export void sort_keys(std::span<std::uint64_t> keys, unsigned low, unsigned high, compute_device device);
}
