module wordmill.corpora:json_syntax;
import wordmill.standard;

namespace wordmill::detail {
/// A deeper JSON value is refused.
inline constexpr std::size_t max_json_depth = 1024;

/// One member of an object, found by the syntax alone.
struct json_member {
    bool valid = false;    ///< the text is one JSON object
    bool too_deep = false; ///< it is nested deeper than `max_json_depth`
    bool found = false;
    bool duplicate = false;        ///< its object has another member of that name; the first one counts
    bool inside_no_object = false; ///< `value` is on the way to the member, and is not an object
    std::string_view value{};      ///< as written
};

/// Finds the member with the path of names `path` in the text of an object. The whole text is checked against the
/// grammar of RFC 8259, and nothing but the grammar: numbers may have any size, strings may hold lone surrogates.
/// `unescaped` gives the text of a string that is written with escapes.
[[nodiscard]] json_member find_member(std::string_view object, std::span<std::string const> path,
                                      std::function<std::string(std::string_view)> const& unescaped);

/// The length of the JSON value at the front of `text`, found by brackets and strings only; npos when it is not closed.
[[nodiscard]] std::size_t value_length(std::string_view text);

/// What follows the blanks and line ends at the front.
[[nodiscard]] std::string_view without_blanks(std::string_view text);

/// How the JSON records of a file are separated.
enum class json_layout : std::uint8_t {
    none,   ///< the file is not JSON
    lines,  ///< one record a line
    values, ///< one after the other; a record may have many lines
    array,  ///< the elements of one array
};

/// Judges a file by its first bytes; `all` says that there are no more. An object that a line break cuts inside a
/// string, or before another object, is a damaged line, and not the layout `values`.
[[nodiscard]] json_layout json_layout_of(std::string_view head, bool all);
}
