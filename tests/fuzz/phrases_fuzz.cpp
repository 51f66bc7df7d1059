#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.pipeline;

/// Whatever the reader accepts, the writer writes in a form that reads back to the same.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    try {
        auto const phrases = wordmill::parse_phrases({reinterpret_cast<char const*>(data), size});
        auto const text = wordmill::format_phrases(phrases);
        if (wordmill::format_phrases(wordmill::parse_phrases(text)) != text) std::abort();
    } catch (wordmill::error const&) {}
    return 0;
}
