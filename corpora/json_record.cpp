module;
#include "../modules/core/simdjson.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :json_record;
import :json_syntax;
import wordmill.core;
import wordmill.text;

namespace wordmill::detail {
namespace dom = simdjson::dom;

namespace {
constexpr std::string_view bad_escape = "JSON: an invalid escape or lone surrogate in a string";
constexpr std::string_view nul_byte = "expected text, found a NUL byte (\\u0000)";
constexpr std::string_view too_deep = "JSON: nested deeper than 1024";
static_assert(max_json_depth == 1024);
constexpr std::size_t spare_bytes = std::size_t{1} << 20; // a larger buffer is freed after its line

/// True if one of JavaScript's number words occurs outside strings.
bool has_number_word(std::string_view line) {
    bool inside = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') inside = !inside;
        if (inside && line[i] == '\\') ++i;
        if (!inside && (line.substr(i, 3) == "NaN" || line.substr(i, 8) == "Infinity")) return true;
    }
    return false;
}

json_outcome refused(std::string_view reason, std::string_view hint = {}) { return {.reason = reason, .hint = hint}; }

json_outcome refused_array() {
    return refused("JSON: expected an object, found an array or a piece of one",
                   "a file that is one array is read as such; convert another one with: jq -c '.[]'");
}

/// Describes why the parser refused a line. This is rare, so scanning the line again is acceptable.
json_outcome explain(simdjson::error_code code, std::string_view line) {
    if (line.starts_with("//") || line.starts_with("/*") || line.starts_with('#'))
        return refused("JSON: expected an object, found a comment", "JSON has no comments; remove such lines");
    if (code == simdjson::DEPTH_ERROR) return refused(too_deep);
    if (code == simdjson::UTF8_ERROR)
        return refused("JSON: invalid UTF-8", "--utf8 replace accepts it, --on-bad skip drops the line");
    if (line.starts_with('[') || line.starts_with(']')) return refused_array();
    if (!line.starts_with('{')) return refused("JSON: expected an object");
    auto const length = value_length(line);
    if (length == line.npos)
        return refused("JSON: the record ends inside the object",
                       "each object must be whole, in JSON lines in one line");
    if (line.substr(length) == ",") return refused_array();
    auto const next = line.find_first_not_of(" \t\r", length);
    if (next != line.npos && line[next] == '{')
        return refused("JSON: more than one object in the line", "put each object on a line of its own");
    if (next != line.npos && (line.substr(next, 2) == "//" || line[next] == '#'))
        return refused("JSON: a comment after the object", "JSON has no comments");
    if (next != line.npos) return refused("JSON: text after the object");
    if (has_number_word(line)) return refused("JSON: NaN or Infinity", "JSON has no such numbers; write null instead");
    if (code == simdjson::STRING_ERROR) return refused(bad_escape);
    if (code == simdjson::UNESCAPED_CHARS) return refused("JSON: a control character in a string");
    if (code == simdjson::NUMBER_ERROR) return refused("JSON: an invalid number");
    if (code == simdjson::MEMALLOC) throw error(failure::resource, "JSON: no memory for a line");
    return refused("JSON: not well-formed");
}

/// The type of a value that is JSON by its syntax.
dom::element_type type_of(std::string_view value) {
    switch (value.front()) {
    case '[': return dom::element_type::ARRAY;
    case '{': return dom::element_type::OBJECT;
    case 't':
    case 'f': return dom::element_type::BOOL;
    case 'n': return dom::element_type::NULL_VALUE;
    case '"': return dom::element_type::STRING;
    default: return dom::element_type::INT64;
    }
}

std::string_view wrong_type(dom::element_type type) {
    switch (type) {
    case dom::element_type::ARRAY: return "an array";
    case dom::element_type::OBJECT: return "an object";
    case dom::element_type::BOOL: return "true or false";
    case dom::element_type::NULL_VALUE: return "null";
    case dom::element_type::STRING: return "a string";
    default: return "a number";
    }
}
}

std::vector<std::string> field_path(std::string_view field) {
    bool const pointer = field.starts_with('/');
    std::vector<std::string> path;
    for (std::size_t begin = pointer ? 1 : 0; begin <= field.size();) {
        auto const end = std::min(field.find(pointer ? '/' : '.', begin), field.size());
        std::string name;
        for (auto i = begin; i < end; ++i) {
            if (pointer && field[i] == '~') {
                ++i;
                if (i == end || (field[i] != '0' && field[i] != '1'))
                    throw error(failure::usage,
                                "field: expected ~0 or ~1 in a JSON pointer, found '" + std::string(field) + "'");
                name += field[i] == '0' ? '~' : '/';
            } else {
                name += field[i];
            }
        }
        if (name.empty() && !pointer)
            throw error(failure::usage, "field: expected names with dots between, found '" + std::string(field) + "'");
        path.push_back(std::move(name));
        begin = end + 1;
    }
    return path;
}

struct json_record_parser::state {
    std::vector<std::string> path;
    dom::parser parser;
    std::string repaired;
    // One sentence for each type found in place of the string or an object, made once, because reasons name counters.
    std::vector<std::string> expected_string;
    std::vector<std::string> expected_object;
    std::string missing;

    explicit state(std::vector<std::string> names) : path(std::move(names)) {
        std::string field;
        for (auto const& name : path) field += (field.empty() ? "" : ".") + name;
        missing = "JSON: field '" + field + "' is missing";
        for (auto type : {dom::element_type::ARRAY, dom::element_type::OBJECT, dom::element_type::BOOL,
                          dom::element_type::NULL_VALUE, dom::element_type::STRING, dom::element_type::INT64}) {
            expected_string.push_back("JSON: expected a string in field '" + field + "', found "
                                      + std::string(wrong_type(type)));
            expected_object.push_back("JSON: expected an object on the way to field '" + field + "', found "
                                      + std::string(wrong_type(type)));
        }
    }
    static std::string_view pick(std::vector<std::string> const& reasons, dom::element_type type) {
        for (auto const& reason : reasons)
            if (reason.ends_with("found " + std::string(wrong_type(type)))) return reason;
        return reasons.back();
    }

    /// Parses into `element`; the memory for a long line is freed.
    simdjson::error_code parse(std::string_view line, dom::element& element) {
        bool const wasteful = parser.capacity() > spare_bytes && line.size() <= spare_bytes;
        if (parser.capacity() < line.size() || wasteful) {
            auto const capacity = std::bit_ceil(std::max<std::size_t>(line.size(), 4096));
            if (auto const code = parser.allocate(capacity, max_json_depth)) return code;
        }
        return parser.parse(line.data(), line.size(), false).get(element);
    }

    /// The text of a string as written between its quotes; nothing when an escape is invalid.
    std::optional<std::string> text_of(std::string_view quoted) {
        dom::element element;
        std::string_view text;
        if (parse(quoted, element) || element.get(text) || !valid_utf8(text)) return std::nullopt;
        return std::string(text);
    }

    /// Adds the text of the field to `out`, unless it is no text.
    static json_outcome accept(std::string_view text, bool duplicate, std::string& out) {
        if (text.find('\0') != std::string_view::npos) return refused(nul_byte);
        out += text;
        return {.ok = true, .duplicate = duplicate};
    }

    /// Takes the text from a line that the parser refused for what it means, if it is JSON by its syntax. `line` is
    /// UTF-8.
    json_outcome take_by_syntax(std::string_view line, simdjson::error_code code, std::string& out) {
        auto const unescaped = [&](std::string_view key) {
            auto const quoted = std::string_view(key.data() - 1, key.size() + 2);
            return text_of(quoted).value_or(std::string());
        };
        auto const member = find_member(line, path, unescaped);
        if (member.too_deep) return refused(too_deep);
        if (!member.valid) return explain(code, line);
        if (member.inside_no_object) return refused(pick(expected_object, type_of(member.value)));
        if (!member.found) return refused(missing);
        if (!member.value.starts_with('"')) return refused(pick(expected_string, type_of(member.value)));
        auto const text = text_of(member.value);
        if (!text) return refused(bad_escape);
        return accept(*text, member.duplicate, out);
    }

    json_outcome take(dom::element element, std::string& out) {
        bool duplicate = false;
        for (auto const& name : path) {
            dom::object object;
            if (&name == &path.front() && element.type() == dom::element_type::ARRAY) return refused_array();
            if (element.get(object)) return refused(pick(expected_object, element.type()));
            bool found = false;
            for (auto const field : object) {
                if (field.key != name) continue;
                if (!found)
                    element = field.value;
                else
                    duplicate = true;
                found = true;
            }
            if (!found) return refused(missing);
        }
        std::string_view text;
        if (element.get(text)) return refused(pick(expected_string, element.type()));
        // The parser accepts lone low surrogates, which are not valid UTF-8 when encoded.
        if (!valid_utf8(text)) return refused(bad_escape);
        return accept(text, duplicate, out);
    }
};

std::size_t const json_record_parser::padding = simdjson::SIMDJSON_PADDING;

json_record_parser::json_record_parser(std::vector<std::string> path)
    : state_(std::make_unique<state>(std::move(path))) {}
json_record_parser::json_record_parser(json_record_parser&&) noexcept = default;
json_record_parser::~json_record_parser() = default;

json_outcome json_record_parser::append_text(std::string_view line, bool repair, std::string& out) {
    auto& s = *state_;
    dom::element element;
    auto code = s.parse(line, element);
    bool const repaired = code == simdjson::UTF8_ERROR && repair;
    if (repaired) {
        s.repaired.clear();
        append_repaired(s.repaired, line);
        auto const size = s.repaired.size();
        s.repaired.resize(size + padding);
        line = std::string_view(s.repaired).substr(0, size);
        code = s.parse(line, element);
    }
    // The parser refuses numbers that no machine type holds and lone surrogates, wherever they are.
    bool const final = code == simdjson::UTF8_ERROR || code == simdjson::DEPTH_ERROR || code == simdjson::MEMALLOC
                       || code == simdjson::CAPACITY;
    if (code && (final || !line.starts_with('{'))) return explain(code, line);
    auto result = code ? s.take_by_syntax(line, code, out) : s.take(element, out);
    result.repaired = repaired && result.ok;
    return result;
}

json_fields::json_fields(std::vector<std::vector<std::string>> const& paths) {
    for (auto const& path : paths) parsers_.emplace_back(path);
}

json_outcome json_fields::append_text(std::string_view record, bool repair, std::string& out) {
    if (parsers_.size() == 1) return parsers_.front().append_text(record, repair, out);
    auto const size = out.size();
    json_outcome all{.ok = true};
    for (auto& parser : parsers_) {
        auto const begin = out.size();
        auto const outcome = parser.append_text(record, repair, out);
        if (!outcome.ok) {
            out.resize(size);
            return outcome;
        }
        join_lines(out, begin);
        out += '\n';
        all.repaired = outcome.repaired;
        all.duplicate = all.duplicate || outcome.duplicate;
    }
    return all;
}

void join_lines(std::string& text, std::size_t begin) {
    for (auto i = begin; i < text.size(); ++i)
        if (text[i] == '\n' || text[i] == '\r') text[i] = ' ';
}
}
