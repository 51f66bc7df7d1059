module wordmill.thesaurus:line_fields;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Reads the fields of one line of a database file: separated by blanks, in order. All errors are a `failure::bad_data`
/// with the file and the byte of the field.
class line_fields {
public:
    /// The line [begin, end) of `text`, without its line end. File and text must outlive this object.
    inline line_fields(std::string const& file, std::string_view text, std::size_t begin, std::size_t end) noexcept
        : file_(&file), text_(text.substr(0, end)), field_(begin), next_(begin) {}

    /// True when only blanks are left.
    [[nodiscard]] bool ended() const noexcept;
    /// The next field; an error that says that `what` was expected when none is left.
    [[nodiscard]] std::string_view word(std::string_view what);
    /// The next field as a number in this base, of exactly `digits` digits; of any number of digits if 0.
    [[nodiscard]] std::uint32_t number(std::string_view what, int base, std::size_t digits);
    /// What follows the fields that were read.
    [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(next_); }
    /// An error about the field that was read last.
    [[noreturn]] void refuse(std::string_view expected, std::string_view hint = {}) const;

private:
    std::string const* file_;
    std::string_view text_;
    std::size_t field_; ///< where the field that was read last begins
    std::size_t next_;
};
}
