module;
#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
module wordmill.corpora;
import :content;
import :json_syntax;

namespace wordmill::detail {
namespace {
constexpr std::string_view blank_bytes = " \t\r\n";

/// Walks over JSON text. Each step returns false at a fault, or when the text ends (`ran_out`).
class walker {
public:
    explicit walker(std::string_view in) : in_(in) {}

    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] bool ran_out() const { return ran_out_; }
    [[nodiscard]] bool too_deep() const { return too_deep_; }
    void blanks() {
        while (at_ < in_.size() && blank_bytes.find(in_[at_]) != blank_bytes.npos) ++at_;
    }
    /// The next byte, which is not blank; '\0' at the end.
    char next() {
        blanks();
        if (at_ < in_.size()) return in_[at_];
        ran_out_ = true;
        return '\0';
    }
    bool take(char c) {
        if (next() != c) return false;
        ++at_;
        return true;
    }

    /// A value of any depth, without recursion.
    bool value() {
        std::string open;
        for (;;) {
            char const c = next();
            if (c == '{' || c == '[') {
                if (open.size() == max_json_depth) too_deep_ = true;
                if (too_deep_) return false;
                open += c;
                ++at_;
                if (next() != closing(c)) {
                    if (c == '{' && !key()) return false;
                    continue;
                }
            } else if (!scalar(c)) {
                return false;
            }
            while (!open.empty() && next() == closing(open.back())) {
                ++at_;
                open.pop_back();
            }
            if (open.empty()) return true;
            if (!take(',') || (open.back() == '{' && !key())) return false;
        }
    }
    bool key() {
        std::string_view text;
        return string(text) && take(':');
    }
    /// A string; `text` is what stands between the quotes.
    bool string(std::string_view& text) {
        if (!take('"')) return false;
        auto const begin = at_;
        for (; at_ < in_.size(); ++at_) {
            char const c = in_[at_];
            if (c == '"') {
                text = in_.substr(begin, at_++ - begin);
                return true;
            }
            if (static_cast<unsigned char>(c) < 0x20) return false;
            if (c == '\\' && !escape()) return false;
        }
        ran_out_ = true;
        return false;
    }

private:
    static char closing(char open) { return open == '{' ? '}' : ']'; }
    [[nodiscard]] char ahead(std::size_t n) const { return at_ + n < in_.size() ? in_[at_ + n] : '\0'; }
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    /// Goes to the last byte of the escape that begins here.
    bool escape() {
        ++at_;
        if (at_ >= in_.size()) return true;
        if (in_[at_] != 'u') return std::string_view("\"\\/bfnrt").find(in_[at_]) != std::string_view::npos;
        for (int i = 0; i < 4 && at_ + 1 < in_.size(); ++i) {
            char const c = in_[++at_];
            if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'f')) return false;
        }
        return true;
    }
    bool scalar(char first) {
        std::string_view text;
        switch (first) {
        case '"': return string(text);
        case 't': return word("true");
        case 'f': return word("false");
        case 'n': return word("null");
        default: return number();
        }
    }
    bool word(std::string_view text) {
        auto const found = in_.substr(at_, text.size());
        if (!text.starts_with(found)) return false;
        at_ += found.size();
        ran_out_ = found.size() < text.size();
        return !ran_out_;
    }
    bool digits() {
        auto const begin = at_;
        while (at_ < in_.size() && is_digit(in_[at_])) ++at_;
        if (at_ == in_.size()) ran_out_ = true;
        return at_ > begin;
    }
    bool number() {
        if (at_ < in_.size() && in_[at_] == '-') ++at_;
        if (ahead(0) == '0' && is_digit(ahead(1))) return false;
        if (!digits()) return false;
        if (ahead(0) == '.' && (++at_, !digits())) return false;
        if (ahead(0) != 'e' && ahead(0) != 'E') return ended_number();
        ++at_;
        if (ahead(0) == '+' || ahead(0) == '-') ++at_;
        return digits() && ended_number();
    }
    /// A number at the end of the text may be whole.
    bool ended_number() {
        ran_out_ = false;
        return true;
    }

    std::string_view in_;
    std::size_t at_ = 0;
    bool ran_out_ = false;
    bool too_deep_ = false;
};

class member_finder {
public:
    member_finder(std::string_view text, std::span<std::string const> path,
                  std::function<std::string(std::string_view)> const& unescaped)
        : text_(text), path_(path), unescaped_(unescaped), walk_(text) {}

    json_member find() {
        result_.valid = object(0) && walk_.next() == '\0' && walk_.at() == text_.size();
        result_.too_deep = walk_.too_deep();
        return result_;
    }

private:
    [[nodiscard]] bool is_name(std::string_view key, std::string const& name) const {
        return key == name || (key.find('\\') != key.npos && unescaped_(key) == name);
    }
    bool object(std::size_t level) {
        if (!walk_.take('{')) return false;
        if (walk_.take('}')) return true;
        for (bool seen = false;;) {
            std::string_view key;
            if (!walk_.string(key) || !walk_.take(':')) return false;
            char const first = walk_.next();
            bool const wanted = is_name(key, path_[level]);
            bool const again = wanted && seen;
            result_.duplicate = result_.duplicate || again;
            seen = seen || wanted;
            if (wanted && !again && level + 1 < path_.size() && first == '{') {
                if (!object(level + 1)) return false;
            } else {
                auto const begin = walk_.at();
                if (!walk_.value()) return false;
                if (wanted && !again) {
                    result_.value = text_.substr(begin, walk_.at() - begin);
                    result_.found = level + 1 == path_.size();
                    result_.inside_no_object = !result_.found;
                }
            }
            if (walk_.take('}')) return true;
            if (!walk_.take(',')) return false;
        }
    }

    std::string_view text_;
    std::span<std::string const> path_;
    std::function<std::string(std::string_view)> const& unescaped_;
    walker walk_;
    json_member result_;
};

/// A walk over the value at the front of a text, by brackets and strings only.
struct walked_value {
    std::size_t length = std::string_view::npos; ///< npos when it is not closed; then:
    char bracket = '\0';                         ///< the innermost bracket that is open
    bool string = false;                         ///< whether a string is
};
walked_value walk_over(std::string_view text) {
    std::string open;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (c == '"') inside = !inside;
        if (inside && c == '\\') ++i;
        if (inside) continue;
        if (c == '{' || c == '[') open += c;
        if (c != '}' && c != ']') continue;
        if (open.size() <= 1) return {.length = i + 1};
        open.pop_back();
    }
    return {.bracket = open.empty() ? '\0' : open.back(), .string = inside};
}

json_layout layout_of_objects(std::string_view text, bool all) {
    auto const end = text.find_first_of("\r\n");
    if (end == text.npos) return json_layout::lines;
    auto const line = text.substr(0, end);
    auto const rest = text.substr(end);
    auto const last = line.substr(0, line.find_last_not_of(" \t") + 1);
    auto const value = walk_over(line);
    if (value.length != line.npos) {
        bool const lone_return = rest.starts_with('\r') && rest.size() > 1 && rest[1] != '\n';
        return lone_return && value.length == last.size() ? json_layout::values : json_layout::lines;
    }
    if (value.string) return json_layout::lines;
    auto const next = without_blanks(rest);
    if (next.empty()) return all ? json_layout::lines : json_layout::values;
    bool const another = value.bracket == '{' && next.starts_with('{') && !last.ends_with(':');
    return another ? json_layout::lines : json_layout::values;
}

/// True if `text` can be the beginning of one or more arrays.
bool begins_arrays(std::string_view text) {
    while (text.starts_with('[')) {
        walker walk(text);
        if (!walk.value()) return walk.ran_out();
        text = without_blanks(text.substr(walk.at()));
    }
    return text.empty();
}
}

json_member find_member(std::string_view object, std::span<std::string const> path,
                        std::function<std::string(std::string_view)> const& unescaped) {
    return member_finder(object, path, unescaped).find();
}

std::size_t value_length(std::string_view text) { return walk_over(text).length; }

std::string_view without_blanks(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of(blank_bytes), text.size()));
}

json_layout json_layout_of(std::string_view head, bool all) {
    auto const text = without_blanks(head.substr(byte_order_mark(head)));
    if (text.empty()) return json_layout::none;
    auto const inside = without_blanks(text.substr(1));
    if (text.starts_with('{'))
        return inside.starts_with('"') || inside.starts_with('}') ? layout_of_objects(text, all) : json_layout::none;
    if (!text.starts_with('[')) return json_layout::none;
    auto const member = inside.starts_with('{') ? without_blanks(inside.substr(1)) : std::string_view();
    bool const of_objects = member.starts_with('"') || member.starts_with('}');
    return of_objects || begins_arrays(text) ? json_layout::array : json_layout::none;
}
}
