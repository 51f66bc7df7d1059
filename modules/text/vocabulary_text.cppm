module wordmill.text:vocabulary_text;
import :vocabulary;
import :vocabulary_file;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Appends one line of the text form.
void append_vocabulary_line(std::string& out, std::string_view word, std::uint64_t count);

/// Reads the text form piece by piece.
class vocabulary_parser {
public:
    vocabulary_parser(load_options options, std::string file);
    void feed(std::string_view bytes);
    [[nodiscard]] vocabulary finish() &&;

private:
    [[noreturn]] void refuse(std::string const& message, std::string_view hint = {}) const;
    void line(std::string_view text);
    [[nodiscard]] std::string_view unescape(std::string_view text);
    [[nodiscard]] std::uint64_t number(std::string_view text) const;

    load_options options_;
    std::string file_;
    vocabulary::builder words_;
    std::string cut_;  ///< the beginning of a line that continues in the next piece
    std::string word_; ///< unescaped
    std::uint64_t line_ = 0;
    std::uint64_t tokens_ = 0;
};
}
