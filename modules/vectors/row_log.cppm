module wordmill.vectors:row_log;
import :files;
import :word_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Why a row of a file cannot be used. `reason` is one of few texts, for counts; the message says more.
struct row_fault {
    std::string_view reason;
    std::string message;
    std::string hint{};
};
/// Of a file that ends before a row does; `what` ends the message.
[[nodiscard]] row_fault cut_row(std::string_view what);

/// Counts the rows of a file and treats damaged ones as the options say.
class row_log {
public:
    explicit row_log(load_vectors_options const& options)
        : skips_(options.on_bad == bad_rows::skip), counts_(options.counts) {}

    [[nodiscard]] bool skips() const noexcept { return skips_; }
    /// A damaged row: an error, or one that is left out and counted.
    void leave_out(row_fault const& fault, place const& where);
    /// Names the next row in the room of `made`. A row that the builder refuses is a damaged one.
    void add(word_vectors::builder& made, std::string_view word, std::uint64_t count, place const& where);
    /// Where a file is not what it says of itself: an error, or a note.
    void contradiction(std::string const& message, place const& where);
    /// The vectors; `failure::bad_data` when all rows were damaged, or none is there of those that were promised.
    [[nodiscard]] word_vectors finish(word_vectors::builder&& made, std::string const& file);

private:
    bool skips_;
    tally counts_;
    std::uint64_t read_ = 0;
    std::uint64_t kept_ = 0;
    bool contradicted_ = false;
};
}
