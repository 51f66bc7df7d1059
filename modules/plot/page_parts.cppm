module wordmill.plot:page_parts;
import wordmill.standard;

/// What pages are put together with: their data are JSON inside a template.
namespace wordmill::detail {
/// Five digits: coordinates and cosines are looked at, not calculated with. "null" for numbers that are not finite,
/// which JSON does not have.
[[nodiscard]] std::string rounded(double value);

/// "[a,b]", each by `to_json`.
template <class Range, class Function> std::string list(Range const& items, Function to_json) {
    std::string out = "[";
    for (bool first = true; auto const& item : items) {
        if (!std::exchange(first, false)) out += ',';
        out += to_json(item);
    }
    return out + "]";
}

/// The data of a page stand inside a script element, which "</script" and "<!--" would end or change. In JSON, '<'
/// stands in strings only.
[[nodiscard]] std::string for_script(std::string_view json);

/// The template with each "{{name}}" replaced; what is put in is not looked at again.
[[nodiscard]] std::string filled(std::string_view text, std::map<std::string_view, std::string> const& parts);
}
