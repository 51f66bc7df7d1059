module wordmill.corpora:wiki_names;
import wordmill.standard;

namespace wordmill::detail {
/// How an HTML or extension tag of wikitext is handled.
enum class tag_rule {
    text,    ///< not a tag: stays as written
    unwrap,  ///< the tag is removed, its content stays
    space,   ///< becomes a space
    line,    ///< becomes a line end
    table,   ///< opens or closes a table
    raw,     ///< its content stays and is not markup
    discard, ///< removed with its content
};

/// The rule for a tag's name in lower case.
tag_rule rule_of(std::string_view name);

/// The name of a namespace as names are compared: case folded, single spaces for underscores and blanks.
[[nodiscard]] std::string namespace_name(std::string_view name);

/// `plain_text` with names as `namespace_name` makes them.
[[nodiscard]] std::string text_of_page(std::string_view wikitext, std::span<std::string const> silent);

/// True if a link to this target ("File:x.jpg", "fr:Mot") is not part of the text: a file, by its namespace or by the
/// ending of its name, a category, or the article in another language. Knows the namespaces of the larger Wikipedias,
/// and `more`, names as `namespace_name` makes them. `piped` says that the link has its own text.
bool is_silent_target(std::string_view target, bool piped, std::span<std::string const> more);
}
