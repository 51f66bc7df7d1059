#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
import wordmill.corpora;

/// Any bytes become lines: none empty, all closed, together no longer than the markup and its last line end.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    auto const text = wordmill::plain_text({reinterpret_cast<char const*>(bytes), size});
    if (text.size() > size + 1) std::abort();
    if (text.starts_with('\n') || text.find("\n\n") != text.npos || (!text.empty() && !text.ends_with('\n')))
        std::abort();
    return 0;
}
