module;
#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
module wordmill.text;
import :text_start;
import :utf8;

namespace wordmill {
bool may_look_compressed(std::string_view start) noexcept {
    constexpr std::size_t longest_mark = 10; // of the codecs and archives that are recognised
    constexpr std::size_t where_invalid = 4; // where those that are not UTF-8 show it
    start = start.substr(0, longest_mark);
    auto const is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n'; };
    return start.starts_with("BZh") || std::ranges::any_of(start, is_control)
           || std::min(first_invalid(start), start.size()) < std::min(where_invalid, start.size());
}

void escape_start(std::string& text) {
    static constexpr char digits[] = "0123456789abcdef";
    if (!may_look_compressed(text)) return;
    auto const byte = static_cast<unsigned char>(text[0]);
    if (byte == '\\') return; // an escape; no mark begins with it
    text.replace(0, 1, std::string{'\\', 'x', digits[byte >> 4], digits[byte & 15]});
}
}
