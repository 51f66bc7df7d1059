module;
#include <cstddef>
#include <cstdint>
#include <span>
export module wordmill.stats:radix_sort;

namespace wordmill {
/// Sorts by bits `low` to `high` - 1 of the keys, stable, on the caller's thread; `space` [keys] is overwritten. As
/// fast as memory: passes over 8 or 9 bits with buffered writes.
export void radix_sort(std::span<std::uint64_t> keys, std::span<std::uint64_t> space, unsigned low, unsigned high);
}
