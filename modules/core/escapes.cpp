module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
module wordmill.core;
import :escapes;

namespace wordmill {
namespace {
constexpr std::string_view special = "\t\n\r\\";
constexpr std::string_view letters = "tnr\\"; // in the same order
}

void append_escaped(std::string& out, std::string_view word) {
    for (;;) {
        auto const at = word.find_first_of(special);
        out += word.substr(0, at);
        if (at == std::string_view::npos) return;
        out += '\\';
        out += letters[special.find(word[at])];
        word.remove_prefix(at + 1);
    }
}

std::size_t append_unescaped(std::string& out, std::string_view text) {
    for (std::size_t done = 0;;) {
        auto const at = text.find('\\', done);
        out += text.substr(done, at - done);
        if (at == std::string_view::npos) return text.size();
        auto const behind = text.substr(at + 1);
        if (behind.empty()) return at;
        if (auto const letter = letters.find(behind[0]); letter != std::string_view::npos) {
            out += special[letter];
            done = at + 2;
            continue;
        }
        std::uint8_t byte = 0;
        if (behind[0] != 'x' || behind.size() < 3) return at;
        auto const [end, problem] = std::from_chars(behind.data() + 1, behind.data() + 3, byte, 16);
        if (problem != std::errc{} || end != behind.data() + 3) return at;
        out += static_cast<char>(byte);
        done = at + 4;
    }
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789abcdef";
    out += '"';
    for (char const c : text) {
        auto const code = static_cast<unsigned char>(c);
        if (code < 0x20) {
            out += "\\u00";
            out += digits[code >> 4];
            out += digits[code & 15];
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}
}
