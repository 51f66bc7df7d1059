module;
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdio>
#include <string>
module wordmill.core;
import :numbers;

namespace wordmill {
std::string format_short(double value) {
    std::array<char, 32> text;
    return {text.data(), static_cast<std::size_t>(std::snprintf(text.data(), text.size(), "%g", value))};
}
std::string format_exact(double value) {
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}
}
