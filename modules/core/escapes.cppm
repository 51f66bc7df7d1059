export module wordmill.core:escapes;
import wordmill.standard;

namespace wordmill {
/// Appends a word escaped for text files with tab-separated columns: tab, newline, carriage return and backslash become
/// \t, \n, \r and \\.
export void append_escaped(std::string& out, std::string_view word);
/// Appends the word that the escaped `text` stands for; \xHH is any byte. Returns the number of bytes of `text` that
/// were decoded: all of them, or those before the first invalid escape.
export [[nodiscard]] std::size_t append_unescaped(std::string& out, std::string_view text);

/// Appends UTF-8 as a JSON string with its quotes (RFC 8259, section 7): quotes, backslashes and control characters are
/// escaped, all other bytes stay as they are.
export void append_json_string(std::string& out, std::string_view text);
}
