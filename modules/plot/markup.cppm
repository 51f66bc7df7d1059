module wordmill.plot:markup;
import wordmill.standard;

namespace wordmill::detail {
/// Text or a quoted attribute of HTML and XML; bytes that are not UTF-8 become U+FFFD, control characters blanks.
[[nodiscard]] std::string escaped(std::string_view bytes);
/// About how wide the text is, in letters: characters from U+1000 on count as two.
[[nodiscard]] std::size_t letters(std::string_view utf8) noexcept;
/// The text cut to at most this many letters; a longer one ends in an ellipsis.
[[nodiscard]] std::string shortened(std::string_view bytes, std::size_t most);
}
