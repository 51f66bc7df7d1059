module;
#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
module wordmill.text;
import wordmill.core;
import :json_text;
import :utf8;

namespace wordmill {
std::string json_string(std::string_view bytes) {
    std::string repaired;
    append_repaired(repaired, bytes);
    std::string out;
    append_json_string(out, repaired);
    return out;
}

std::string json_number(double value) {
    if (!std::isfinite(value)) return "null";
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}
}
