export module wordmill.core:numbers;
import wordmill.standard;

namespace wordmill {
/// The number that the whole of `text` is, locale-free, in the form that `std::from_chars` reads; nothing for other
/// text and for numbers that `Number` cannot hold.
export template <class Number> [[nodiscard]] std::optional<Number> parse_number(std::string_view text) noexcept {
    Number value{};
    auto const* const end = text.data() + text.size();
    auto const [after, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || after != end) return std::nullopt;
    return value;
}
/// Reads a number and the character `end` after it off the front of `text`. False when they are not there; `text` is
/// then as it was.
export template <class Number>
[[nodiscard]] bool take_number(std::string_view& text, char end, Number& value) noexcept {
    auto const length = text.find(end);
    if (length == std::string_view::npos) return false;
    auto const found = parse_number<Number>(text.substr(0, length));
    if (!found) return false;
    value = *found;
    text.remove_prefix(length + 1);
    return true;
}
/// Six significant digits, as "%g" writes them.
export [[nodiscard]] std::string format_short(double value);
/// The shortest decimal that reads back to the same bits.
export [[nodiscard]] std::string format_exact(double value);
}
