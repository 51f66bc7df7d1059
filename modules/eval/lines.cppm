module wordmill.eval:lines;
import wordmill.standard;

namespace wordmill::detail {
struct text_line {
    std::string text{}; ///< without the line end
    std::uint64_t number = 0;
};

/// The lines of a small file of any codec that are neither empty nor comments; a byte-order mark is skipped.
[[nodiscard]] std::vector<text_line> read_lines(std::string const& path);
/// Fields between any of `separators`, without blanks around them. Runs of blanks separate once, other separators each.
[[nodiscard]] std::vector<std::string_view> fields_of(std::string_view line, std::string_view separators);
}
