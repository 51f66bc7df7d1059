#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.io;
import wordmill.stats;
import wordmill.stream;
#include "file_of_bytes.hpp"

/// Whatever is accepted lies within the matrix, in order, and is finite; the memory that is allowed suffices.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(data), size});
    constexpr std::uint64_t memory = std::uint64_t{1} << 24;
    try {
        auto const counts = wordmill::load_cooccurrences(file.name, {.unit = 6, .memory_bytes = memory});
        std::uint64_t next = 0;
        for (auto const block : counts.entries())
            for (auto const& e : block) {
                auto const key = std::uint64_t{wordmill::index(e.row)} << 32 | wordmill::index(e.column);
                if (key < next || e.weight == 0 || wordmill::index(e.row) >= counts.size()
                    || wordmill::index(e.column) >= counts.size())
                    std::abort();
                next = key + 1;
            }
    } catch (wordmill::error const&) {}
    try {
        auto const matrix = wordmill::load_matrix(file.name, {.memory_bytes = memory});
        for (float const value : matrix.view().values)
            if (!std::isfinite(value)) std::abort();
    } catch (wordmill::error const&) {}
    return 0;
}
