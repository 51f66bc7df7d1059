module;
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.eval;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :lines;

namespace wordmill::detail {
namespace {
constexpr std::size_t largest = std::size_t{256} << 20; // sets are small; other files are given by mistake
constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

std::string read_all(std::string const& path) {
    std::string text;
    for (auto const& file : find_inputs(std::vector{path}))
        for (auto const& block : read_bytes(file)) {
            text += block.bytes;
            if (text.size() > largest)
                throw error(failure::bad_data, "expected a set of at most " + format_bytes(largest), {.file = path});
        }
    return text;
}
}

std::vector<text_line> read_lines(std::string const& path) {
    auto const all = read_all(path);
    std::string_view text(all);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::vector<text_line> lines;
    for (std::uint64_t number = 1; !text.empty(); ++number) {
        auto const end = text.find_first_of("\r\n"); // "\n", "\r\n" or a lone '\r'
        auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos          ? text.size()
                           : text.substr(end).starts_with("\r\n") ? end + 2
                                                                  : end + 1);
        while (line.ends_with(' ')) line.remove_suffix(1);
        if (!line.empty() && line.front() != '#') lines.push_back({std::string(line), number});
    }
    return lines;
}

std::vector<std::string_view> fields_of(std::string_view line, std::string_view separators) {
    bool const by_blanks = separators.find(' ') != std::string_view::npos;
    std::vector<std::string_view> fields;
    for (;;) {
        auto const end = line.find_first_of(separators);
        auto const field = trimmed(line.substr(0, end));
        if (!by_blanks || !field.empty()) fields.push_back(field);
        if (end == std::string_view::npos) return fields;
        line.remove_prefix(end + 1);
    }
}
}
