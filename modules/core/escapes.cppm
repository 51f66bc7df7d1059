export module wordmill.core:escapes;
import wordmill.standard;

namespace wordmill {
/// Appends a word as our text files hold it, on one line and between tabs: tab, newline, carriage return and backslash
/// become \t, \n, \r and \\.
export void append_escaped(std::string& out, std::string_view word);
/// Appends the word that `text` stands for; \xHH is a byte too. Returns how many bytes of `text` it understood: all, or
/// those before a backslash with something else behind it.
export [[nodiscard]] std::size_t append_unescaped(std::string& out, std::string_view text);

/// Appends UTF-8 as a JSON string with its quotes (RFC 8259, section 7): quotes, backslashes and control characters are
/// escaped, all other bytes stay as they are.
export void append_json_string(std::string& out, std::string_view text);
}
