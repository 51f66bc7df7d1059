module;
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
module wordmill.corpora;
import :wiki_lines;

namespace wordmill::detail {
namespace {
struct entity {
    std::string_view name;
    char32_t value;
};

// In byte order. Of the 2231 entity names of HTML, those that Wikipedia's text uses; others are kept as written.
constexpr std::array entities{
    entity{"Aacute", 0xC1},   entity{"Agrave", 0xC0},   entity{"Alpha", 0x391},   entity{"Aring", 0xC5},
    entity{"Auml", 0xC4},     entity{"Beta", 0x392},    entity{"Ccedil", 0xC7},   entity{"Dagger", 0x2021},
    entity{"Delta", 0x394},   entity{"Eacute", 0xC9},   entity{"Gamma", 0x393},   entity{"Lambda", 0x39B},
    entity{"Ntilde", 0xD1},   entity{"Oacute", 0xD3},   entity{"Omega", 0x3A9},   entity{"Oslash", 0xD8},
    entity{"Ouml", 0xD6},     entity{"Phi", 0x3A6},     entity{"Pi", 0x3A0},      entity{"Prime", 0x2033},
    entity{"Psi", 0x3A8},     entity{"Sigma", 0x3A3},   entity{"Theta", 0x398},   entity{"Uuml", 0xDC},
    entity{"aacute", 0xE1},   entity{"acirc", 0xE2},    entity{"acute", 0xB4},    entity{"aelig", 0xE6},
    entity{"agrave", 0xE0},   entity{"alpha", 0x3B1},   entity{"amp", '&'},       entity{"apos", '\''},
    entity{"aring", 0xE5},    entity{"asymp", 0x2248},  entity{"atilde", 0xE3},   entity{"auml", 0xE4},
    entity{"bdquo", 0x201E},  entity{"beta", 0x3B2},    entity{"bull", 0x2022},   entity{"ccedil", 0xE7},
    entity{"cent", 0xA2},     entity{"chi", 0x3C7},     entity{"copy", 0xA9},     entity{"dagger", 0x2020},
    entity{"darr", 0x2193},   entity{"deg", 0xB0},      entity{"delta", 0x3B4},   entity{"divide", 0xF7},
    entity{"eacute", 0xE9},   entity{"ecirc", 0xEA},    entity{"egrave", 0xE8},   entity{"emsp", ' '},
    entity{"ensp", ' '},      entity{"epsilon", 0x3B5}, entity{"eta", 0x3B7},     entity{"eth", 0xF0},
    entity{"euml", 0xEB},     entity{"euro", 0x20AC},   entity{"frac12", 0xBD},   entity{"frac14", 0xBC},
    entity{"frac34", 0xBE},   entity{"gamma", 0x3B3},   entity{"ge", 0x2265},     entity{"gt", '>'},
    entity{"hArr", 0x21D4},   entity{"harr", 0x2194},   entity{"hellip", 0x2026}, entity{"iacute", 0xED},
    entity{"icirc", 0xEE},    entity{"iexcl", 0xA1},    entity{"infin", 0x221E},  entity{"iota", 0x3B9},
    entity{"iquest", 0xBF},   entity{"iuml", 0xEF},     entity{"kappa", 0x3BA},   entity{"lambda", 0x3BB},
    entity{"laquo", 0xAB},    entity{"larr", 0x2190},   entity{"ldquo", 0x201C},  entity{"le", 0x2264},
    entity{"lrm", 0},         entity{"lsaquo", 0x2039}, entity{"lsquo", 0x2018},  entity{"lt", '<'},
    entity{"mdash", 0x2014},  entity{"micro", 0xB5},    entity{"middot", 0xB7},   entity{"minus", 0x2212},
    entity{"mu", 0x3BC},      entity{"nbsp", ' '},      entity{"ndash", 0x2013},  entity{"ne", 0x2260},
    entity{"ntilde", 0xF1},   entity{"nu", 0x3BD},      entity{"oacute", 0xF3},   entity{"ocirc", 0xF4},
    entity{"oelig", 0x153},   entity{"ograve", 0xF2},   entity{"omega", 0x3C9},   entity{"ordf", 0xAA},
    entity{"ordm", 0xBA},     entity{"oslash", 0xF8},   entity{"otilde", 0xF5},   entity{"ouml", 0xF6},
    entity{"para", 0xB6},     entity{"permil", 0x2030}, entity{"phi", 0x3C6},     entity{"pi", 0x3C0},
    entity{"plusmn", 0xB1},   entity{"pound", 0xA3},    entity{"prime", 0x2032},  entity{"psi", 0x3C8},
    entity{"quot", '"'},      entity{"rArr", 0x21D2},   entity{"raquo", 0xBB},    entity{"rarr", 0x2192},
    entity{"rdquo", 0x201D},  entity{"reg", 0xAE},      entity{"rho", 0x3C1},     entity{"rlm", 0},
    entity{"rsaquo", 0x203A}, entity{"rsquo", 0x2019},  entity{"sbquo", 0x201A},  entity{"scaron", 0x161},
    entity{"sect", 0xA7},     entity{"shy", 0},         entity{"sigma", 0x3C3},   entity{"sup1", 0xB9},
    entity{"sup2", 0xB2},     entity{"sup3", 0xB3},     entity{"szlig", 0xDF},    entity{"tau", 0x3C4},
    entity{"theta", 0x3B8},   entity{"thinsp", ' '},    entity{"thorn", 0xFE},    entity{"times", 0xD7},
    entity{"trade", 0x2122},  entity{"uacute", 0xFA},   entity{"uarr", 0x2191},   entity{"ucirc", 0xFB},
    entity{"ugrave", 0xF9},   entity{"uml", 0xA8},      entity{"uuml", 0xFC},     entity{"xi", 0x3BE},
    entity{"yacute", 0xFD},   entity{"yen", 0xA5},      entity{"yuml", 0xFF},     entity{"zeta", 0x3B6},
    entity{"zwj", 0x200D},    entity{"zwnj", 0x200C},
};
static_assert(std::ranges::is_sorted(entities, {}, &entity::name));

void append_utf8(char32_t c, std::string& out) {
    auto const add = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        add(c);
    } else if (c < 0x800) {
        add(0xC0 | c >> 6), add(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        add(0xE0 | c >> 12), add(0x80 | (c >> 6 & 0x3F)), add(0x80 | (c & 0x3F));
    } else {
        add(0xF0 | c >> 18), add(0x80 | (c >> 12 & 0x3F)), add(0x80 | (c >> 6 & 0x3F)), add(0x80 | (c & 0x3F));
    }
}

/// The character for a numeric entity by HTML's rules, but never a character that would end a line.
char32_t character_of(std::uint32_t number) {
    if (number == 0 || number > 0x10FFFF || (number >= 0xD800 && number < 0xE000)) return 0xFFFD;
    if (number < 0x20 || number == 0x85 || number == 0xA0 || number == 0x2028 || number == 0x2029
        || (number >= 0x2000 && number <= 0x200A) || number == 0x202F || number == 0x3000)
        return ' ';
    return number;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }

std::string_view trim(std::string_view line) {
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    return line;
}

/// A line without the marks that make it a heading, a list item, an indented paragraph or a rule.
std::string_view without_marks(std::string_view line) {
    line = trim(line);
    if (line.size() > 1 && line.front() == '=' && line.back() == '=') {
        while (line.size() > 1 && line.front() == '=' && line.back() == '=') line = line.substr(1, line.size() - 2);
        return trim(line == "=" ? std::string_view() : line);
    }
    if (line.starts_with("----")) line.remove_prefix(std::min(line.find_first_not_of('-'), line.size()));
    line.remove_prefix(std::min(line.find_first_not_of("*#:; \t"), line.size()));
    return line;
}
}

std::size_t append_entity(std::string_view text, std::string& out) {
    constexpr std::size_t longest = 12; // "&" + name or number + ";"
    auto const semicolon = text.substr(0, longest).find(';');
    if (semicolon == std::string_view::npos || semicolon < 2) return 0;
    auto name = text.substr(1, semicolon - 1);
    if (name.front() == '#') {
        bool const hexadecimal = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
        name.remove_prefix(hexadecimal ? 2 : 1);
        std::uint32_t number = 0;
        auto const [end, problem] =
            std::from_chars(name.data(), name.data() + name.size(), number, hexadecimal ? 16 : 10);
        if (name.empty() || end != name.data() + name.size() || problem == std::errc::invalid_argument) return 0;
        append_utf8(problem == std::errc{} ? character_of(number) : 0xFFFD, out);
        return semicolon + 1;
    }
    auto const found = std::ranges::lower_bound(entities, name, {}, &entity::name);
    if (found == entities.end() || found->name != name) return 0;
    if (found->value != 0) append_utf8(found->value, out); // soft hyphens and direction marks are removed
    return semicolon + 1;
}

std::string tidy_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        auto const newline = std::min(text.find('\n'), text.size());
        auto line = without_marks(text.substr(0, newline));
        text.remove_prefix(std::min(newline + 1, text.size()));
        auto const begin = out.size();
        auto const add_space = [&] {
            if (out.size() > begin && out.back() != ' ') out += ' ';
        };
        for (std::size_t i = 0; i < line.size();) {
            auto const plain = std::min(line.find_first_of("& \t\r\v\f", i), line.size());
            out += line.substr(i, plain - i);
            i = plain;
            if (i == line.size()) break;
            if (line[i] != '&') {
                add_space(), ++i;
                continue;
            }
            auto const before = out.size();
            auto const taken = append_entity(line.substr(i), out);
            if (taken == 0) out += '&';
            if (out.size() == before + 1 && out.back() == ' ') out.pop_back(), add_space();
            i += std::max<std::size_t>(taken, 1);
        }
        while (out.size() > begin && out.back() == ' ') out.pop_back();
        if (out.size() > begin) out += '\n';
    }
    return out;
}
}
