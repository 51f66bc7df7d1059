module wordmill.vectors:text_rows;
import :row_log;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

// Rows of text formats: a word, then numbers, with blanks or tabs between. Every other byte can be part of a word.
namespace wordmill::detail {
inline constexpr std::string_view blanks = " \t";
inline constexpr std::size_t longest_first_line = std::size_t{64} << 20;
inline constexpr std::size_t longest_number = 64;

/// The lines of a text file, numbered, without what ends them and the blanks before it.
class text_lines {
public:
    /// `line`: those that have been read.
    text_lines(byte_reader& in, std::uint64_t line) : in_(in), line_(line) {}

    /// Valid until the next call. Lines without content are reported as damaged rows unless nothing follows them.
    [[nodiscard]] std::optional<std::string_view> next(std::size_t longest, row_log& log);
    [[nodiscard]] place here() const { return {.file = in_.name(), .line = line_}; }
    [[noreturn]] void refuse(std::string const& message, std::string_view hint = {}) const;

private:
    byte_reader& in_;
    std::uint64_t line_;
};

[[nodiscard]] std::string in_quotes(std::string_view text);
[[nodiscard]] std::vector<std::string_view> fields_of(std::string_view line);

/// Takes a line apart: `word`, and the numbers, which must be as many as `row` has. As in GloVe's files, the numbers
/// are the last fields and the word may hold blanks, unless the field before the numbers is a number too.
[[nodiscard]] std::optional<row_fault> parse_text_row(std::string_view line, std::span<float> row,
                                                      std::string_view& word);

/// True also for damaged numbers such as "1,5".
[[nodiscard]] bool looks_like_a_number(std::string_view field);
/// The start of the file from where `in` stands, with at least one whole line if that is not too long.
[[nodiscard]] std::string_view first_lines(byte_reader& in);
/// How many numbers most rows have, by the first lines of a text; 0 when most have none. Of two that are equally
/// frequent, the first. Damaged numbers such as "1,5" count.
[[nodiscard]] std::size_t usual_numbers(std::string_view lines);
}
