module;
#include <array>
#include <charconv>
#include <string>
module wordmill.core;
import :numbers;

namespace wordmill {
std::string format_exact(double value) {
    std::array<char, 32> text;
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}
}
