#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.io;
import wordmill.metrics;
#include "file_of_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(data), size});
    try {
        (void)wordmill::load_metrics(file.name);
    } catch (wordmill::error const&) {}
    return 0;
}
