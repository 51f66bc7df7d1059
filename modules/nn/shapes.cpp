module;
#include <cstddef>
#include <string>
#include <string_view>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :shapes;

namespace wordmill {
void refuse(subject const& what, std::string const& expected, std::string const& found) {
    std::string text(what.layer);
    if (!what.parameter.empty()) text.append(" ").append(what.parameter);
    if (!what.part.empty()) text.append(", ").append(what.part);
    throw error(failure::usage, text + ": expected " + expected + ", found " + found);
}

std::string shape_text(std::size_t rows, std::size_t columns) {
    return "[" + std::to_string(rows) + ", " + std::to_string(columns) + "]";
}
}
