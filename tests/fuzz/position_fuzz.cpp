#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
import wordmill.core;
import wordmill.stream;

/// Any bytes are refused with an error or give a position whose text form reads back as itself.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    try {
        auto const at = wordmill::parse_position({reinterpret_cast<char const*>(bytes), size});
        if (wordmill::parse_position(wordmill::to_text(at)) != at) std::abort();
    } catch (wordmill::error const&) {}
    return 0;
}
