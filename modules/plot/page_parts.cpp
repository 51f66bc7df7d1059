module;
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>
module wordmill.plot;
import :page_parts;
import wordmill.core;

namespace wordmill::detail {
std::string rounded(double value) {
    if (!std::isfinite(value)) return "null";
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.5g", value);
    return text.data();
}

std::string for_script(std::string_view json) {
    std::string out;
    for (char c : json)
        if (c == '<')
            out += "\\u003c";
        else
            out += c;
    return out;
}

std::string filled(std::string_view text, std::map<std::string_view, std::string> const& parts) {
    std::string out;
    for (;;) {
        auto const begin = text.find("{{");
        auto const end = text.find("}}", begin);
        if (end == std::string_view::npos) break;
        auto const part = parts.find(text.substr(begin + 2, end - begin - 2));
        expect(part != parts.end(), "the page's template names a part that is not known");
        out += text.substr(0, begin);
        out += part->second;
        text.remove_prefix(end + 2);
    }
    return out += text;
}
}
