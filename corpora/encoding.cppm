module wordmill.corpora:encoding;
import wordmill.standard;

namespace wordmill::detail {
/// Refuses files that cannot be read as UTF-8 text, judged by their first bytes: UTF-16, UTF-32 and encoded corpora.
/// Returns the length of a UTF-8 byte-order mark, or 0.
[[nodiscard]] std::size_t check_encoding(std::string_view head, std::string const& file);
}
