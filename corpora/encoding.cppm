module wordmill.corpora:encoding;
import wordmill.standard;

namespace wordmill::detail {
/// Refuses, by the first bytes of a file, what cannot be read as UTF-8 text: UTF-16, UTF-32 and encoded corpora.
/// Returns the length of a UTF-8 byte-order mark, or 0.
[[nodiscard]] std::size_t check_encoding(std::string_view head, std::string const& file);
}
