// Validation, repair and the scalar definition must agree on any bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
import wordmill.text;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    std::string expected;
    auto first = std::string_view::npos;
    std::uint64_t replaced = 0;
    for (std::size_t at = 0; at < size;) {
        if (auto const length = wordmill::character_length(bytes, at)) {
            expected += bytes.substr(at, length);
            at += length;
            continue;
        }
        if (first == std::string_view::npos) first = at;
        if (wordmill::name_of(wordmill::fault_at(bytes, at)).empty()) std::abort();
        expected += "\xEF\xBF\xBD";
        ++replaced;
        at += wordmill::maximal_subpart(bytes, at);
    }
    std::string out;
    auto const counts = wordmill::append_repaired(out, bytes);
    if (out != expected || counts.replaced != replaced || counts.total() > replaced) std::abort();
    if (!wordmill::valid_utf8(out) || wordmill::first_invalid(bytes) != first) std::abort();
    if (wordmill::valid_utf8(bytes) != (first == std::string_view::npos)) std::abort();
    for (std::size_t limit = 0; limit <= size && limit < 64; ++limit)
        if (auto const border = wordmill::character_border(bytes, limit); border > limit || border + 3 < limit)
            std::abort();
    return 0;
}
