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
}
