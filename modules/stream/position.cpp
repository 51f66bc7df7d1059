module;
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
module wordmill.stream;
import wordmill.core;

namespace wordmill {
namespace {
struct field {
    std::string_view name;
    std::uint64_t position::* value;
};

constexpr std::array fields{
    field{"file", &position::file},
    field{"restart", &position::restart},
    field{"restart_byte", &position::restart_byte},
    field{"byte", &position::byte},
    field{"line", &position::line},
    field{"record", &position::record},
    field{"block", &position::block},
    field{"skip", &position::skip},
    field{"state", &position::state},
    field{"fingerprint", &position::fingerprint},
};

void write(position const& at, std::string& out) {
    bool first = true;
    for (auto const& f : fields) {
        if (at.*f.value == 0) continue;
        if (!first) out += ' ';
        first = false;
        out += f.name;
        out += '=';
        out += std::to_string(at.*f.value);
    }
    if (!at.inner.empty()) {
        if (!first) out += ' ';
        out += "inner=";
        for (auto const& child : at.inner) {
            out += '[';
            write(child, out);
            out += ']';
        }
    }
}

class reader {
public:
    explicit reader(std::string_view text) : text_(text) {}

    position whole() {
        position at = one(0);
        if (at_ != text_.size()) refuse();
        return at;
    }

private:
    [[noreturn]] void refuse() const {
        throw error(failure::bad_data,
                    "position: expected 'name=number' fields, found '" + std::string(text_.substr(at_, 32)) + "'",
                    place{.byte = at_});
    }
    bool take(char c) {
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    position one(int depth) {
        if (depth > 64) refuse();
        position at;
        while (at_ < text_.size() && text_[at_] != ']') {
            auto const equals = text_.find('=', at_);
            if (equals == std::string_view::npos) refuse();
            auto const name = text_.substr(at_, equals - at_);
            if (name == "inner") {
                at_ = equals + 1;
                while (take('[')) {
                    at.inner.push_back(one(depth + 1));
                    if (!take(']')) refuse();
                }
            } else {
                number(at, name, equals + 1);
            }
            if (!take(' ') && at_ < text_.size() && text_[at_] != ']') refuse();
        }
        return at;
    }
    void number(position& at, std::string_view name, std::size_t from) {
        for (auto const& f : fields) {
            if (f.name != name) continue;
            auto const [end, problem] = std::from_chars(text_.data() + from, text_.data() + text_.size(), at.*f.value);
            if (problem != std::errc{}) break;
            at_ = static_cast<std::size_t>(end - text_.data());
            return;
        }
        refuse();
    }

    std::string_view text_;
    std::size_t at_ = 0;
};
}

std::string to_text(position const& at) {
    std::string out;
    write(at, out);
    return out;
}

position parse_position(std::string_view text) { return reader(text).whole(); }
}
