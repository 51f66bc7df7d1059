module wordmill.corpora:content;
import :read_corpus;
import wordmill.standard;

namespace wordmill::detail {
/// So many bytes at the front of a file are looked at.
inline constexpr std::size_t looked_at_bytes = 4096;

/// What the file is, by its first bytes: all of them, or `looked_at_bytes`.
[[nodiscard]] recognised_content content_of(std::string_view head);

/// The same for bytes from the middle of a file, where a record ends.
[[nodiscard]] recognised_content content_of_rest(std::string_view head);

/// Refuses files that are not text, judged by their first decoded bytes: archives, documents and other binary formats,
/// compressed data inside compressed data, UTF-16 and UTF-32, encoded corpora.
void refuse_binary(std::string_view head, std::string const& file);

/// Refuses text whose marks or numbers would be read as words: HTML, XML other than exports of MediaWiki, RTF, word
/// vectors.
void refuse_markup(std::string_view head, std::string const& file);

/// Equal but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

/// The length of a UTF-8 byte-order mark at the front, or 0.
[[nodiscard]] std::size_t byte_order_mark(std::string_view head);

/// True if nothing is there but blanks, line ends and a byte-order mark.
[[nodiscard]] bool is_blank(std::string_view head);
}
