module wordmill.vectors:word_list;
import :row_log;
import :word_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
inline constexpr std::uint64_t most_word_list_bytes = std::uint64_t{1} << 36;

/// "word" or "word<TAB>count" for each row, escaped as in a vocabulary file.
[[nodiscard]] std::string format_word_list(word_vectors const& vectors);

/// Walks over the lines of a word list.
class word_list {
public:
    word_list(std::string text, std::string file);
    /// False at the end.
    bool next();
    /// What is wrong with the line: a count or an escape that is none.
    [[nodiscard]] std::optional<row_fault> const& fault() const noexcept { return fault_; }
    /// Valid until the next call.
    [[nodiscard]] inline std::string_view word() const noexcept { return word_; }
    [[nodiscard]] inline std::uint64_t count() const noexcept { return count_; }
    [[nodiscard]] place here() const { return {.file = file_, .line = line_}; }

private:
    void unescape(std::string_view text);

    std::string text_;
    std::string file_;
    std::size_t at_ = 0;
    std::uint64_t line_ = 0;
    std::string word_{};
    std::uint64_t count_ = 0;
    std::optional<row_fault> fault_{};
};

/// Names `rows` rows in the room of `made`; a file of `total` rows has a word for each.
void name_rows(word_vectors::builder& made, std::size_t rows, word_list& words, std::uint64_t total, row_log& log);
/// Refuses words after those of all rows.
void expect_end(word_list& words, std::uint64_t total);

/// "dir/vectors.npy.gz" -> "dir/vectors.words".
[[nodiscard]] std::string word_list_beside(std::string const& path);
}
