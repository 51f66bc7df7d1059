module;
#include <cstddef>
#include <string>
#include <string_view>
module wordmill.plot;
import :markup;
import wordmill.text;

namespace wordmill::detail {
namespace {
/// Of the character that begins with this byte; 0 for bytes inside one.
std::size_t width_of(char first) noexcept {
    auto const byte = static_cast<unsigned char>(first);
    return (byte & 0xC0) == 0x80 ? 0 : byte >= 0xE1 ? 2 : 1;
}
}

std::string escaped(std::string_view bytes) {
    std::string repaired;
    append_repaired(repaired, bytes);
    std::string out;
    for (char c : repaired) {
        auto const u = static_cast<unsigned char>(c);
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (c == '\'')
            out += "&#39;";
        else
            out += u < 0x20 || u == 0x7F ? ' ' : c;
    }
    return out;
}

std::size_t letters(std::string_view utf8) noexcept {
    std::size_t sum = 0;
    for (char const c : utf8) sum += width_of(c);
    return sum;
}

std::string shortened(std::string_view bytes, std::size_t most) {
    std::string text;
    append_repaired(text, bytes);
    if (letters(text) <= most) return text;
    std::size_t width = 1; // of the ellipsis
    std::size_t end = 0;
    while (width + width_of(text[end]) <= most) width += width_of(text[end++]);
    return text.substr(0, end) + "\xE2\x80\xA6";
}
}
