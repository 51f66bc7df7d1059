module wordmill.thesaurus:line_table;
import :line_fields;
import wordmill.standard;

namespace wordmill::detail {
/// A file of lines that begin with a key (an index, or a list of exceptions), searched by binary search. Lines that
/// begin with a blank, which hold the licence, and empty lines are no entries.
class line_table {
public:
    line_table() = default;
    /// Lines may come in any order. `failure::bad_data` with the file's end when its last line does not end.
    line_table(std::string file, std::string text);

    /// The fields after the key, for each of its lines in the order of the file.
    [[nodiscard]] std::vector<line_fields> find(std::string_view key) const;
    [[nodiscard]] bool contains(std::string_view key) const;
    [[nodiscard]] std::string const& file() const noexcept { return file_; }

private:
    [[nodiscard]] std::string_view key_at(std::size_t start) const noexcept;

    std::string file_{};
    std::string text_{};
    std::vector<std::uint32_t> starts_{}; ///< of the entries, sorted by their keys
};

/// `failure::bad_data` when the text is not empty and its last line does not end: then the file is truncated.
void expect_last_line_end(std::string const& file, std::string_view text);
}
