#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
import wordmill.core;
import wordmill.text;

/// Whatever the reader accepts, the writer writes in a form that reads back to the same.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    try {
        auto const words = wordmill::parse_vocabulary({reinterpret_cast<char const*>(data), size});
        auto const again = wordmill::parse_vocabulary(wordmill::format_vocabulary(words));
        if (again.fingerprint() != words.fingerprint() || again.tokens() != words.tokens()) std::abort();
    } catch (wordmill::error const&) {}
    return 0;
}
