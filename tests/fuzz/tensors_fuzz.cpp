#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
#include "file_of_bytes.hpp"

/// Whatever is accepted has as many values as its shape says, all of them finite.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(data), size});
    try {
        for (auto const& [name, t] : wordmill::load_tensors(file.name).tensors) {
            std::uint64_t count = 1;
            for (auto const s : t.shape) count *= s;
            if (count != t.values.size()) std::abort();
            for (auto const x : t.values)
                if (!std::isfinite(x)) std::abort();
        }
    } catch (wordmill::error const&) {}
    return 0;
}
