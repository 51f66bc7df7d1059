export module wordmill.text:text_start;
import wordmill.standard;

namespace wordmill {
/// Whether a file of text that begins so could be taken for a compressed file or an archive. These are recognised by
/// their first bytes, which hold control characters or are not UTF-8, but for "BZh" of bzip2.
export [[nodiscard]] bool may_look_compressed(std::string_view start) noexcept;
/// Writes the first byte of such a text as \xHH, for formats whose words are escaped so (`append_unescaped`).
export void escape_start(std::string& text);
}
