module wordmill.corpora:json_record;
import wordmill.standard;

namespace wordmill::detail {
/// The result of parsing a line of JSON.
struct json_outcome {
    bool ok = false;
    bool repaired = false;     ///< it held invalid UTF-8, which was replaced
    bool duplicate = false;    ///< the field occurs more than once
    std::string_view reason{}; ///< why the line is not ok; the same for all lines with the same fault
    std::string_view hint{};
};

/// Splits "a.b" or "/a/b" into the names of nested fields. An empty name and a bad "~" escape are a `failure::usage`.
std::vector<std::string> field_path(std::string_view field);

/// Parses lines and extracts one string field of each. Not to be shared between threads; the memory for the longest
/// line is reused.
class json_record_parser {
public:
    explicit json_record_parser(std::vector<std::string> path);
    json_record_parser(json_record_parser&&) noexcept;
    ~json_record_parser();

    /// Appends the text of the field in `line` to `out`. At least `padding` more bytes after `line` are readable.
    [[nodiscard]] json_outcome append_text(std::string_view line, bool repair, std::string& out);
    static std::size_t const padding;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Extracts several string fields of each record. One field is the text as it is; each of several becomes a line, whose
/// line breaks become blanks.
class json_fields {
public:
    explicit json_fields(std::vector<std::vector<std::string>> const& paths);
    /// As `json_record_parser::append_text`.
    [[nodiscard]] json_outcome append_text(std::string_view record, bool repair, std::string& out);

private:
    std::vector<json_record_parser> parsers_{};
};

/// Replaces line feeds and carriage returns from `begin` on by blanks.
void join_lines(std::string& text, std::size_t begin);
}
