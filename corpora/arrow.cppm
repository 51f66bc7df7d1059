export module wordmill.corpora:arrow;
import :read_options;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// Text of a table in memory that another library hands over through Apache Arrow's C data interface: Polars, PyArrow,
/// DuckDB and others, in any language. Owns the stream (and the batch in use); moves.
export class arrow_stream {
public:
    /// Takes over a `struct ArrowArrayStream`; what `stream` points to is released for its former owner.
    explicit arrow_stream(void* stream);
    /// A stream of one batch: takes over a `struct ArrowSchema` and a `struct ArrowArray`.
    arrow_stream(void* schema, void* array);
    arrow_stream(arrow_stream&&) noexcept;
    arrow_stream& operator=(arrow_stream&&) noexcept;
    ~arrow_stream();

    struct state;
    [[nodiscard]] state& contents() noexcept { return *state_; }

private:
    std::unique_ptr<state> state_;
};

export struct arrow_options {
    std::string column{};              ///< of a table; may be left out where there is only one
    std::string name = "Arrow stream"; ///< begins messages
    position from{};                   ///< continue at this position: `record` counts rows
    std::size_t block_bytes = 1 << 16;
    utf8_policy utf8 = utf8_policy::strict;
    monitor watch{};
    tally counts{}; ///< "row": rows with a text are delivered, others dropped as "null"
};

/// Checks the type of a stream before anything is read: `failure::bad_data` that names the columns when it holds no
/// text or `column` is not there, `failure::usage` when one of several columns is to be named.
export void check_arrow(arrow_stream& stream, arrow_options const& options);

/// Reads a column of strings (utf8, large_utf8, string_view, or a dictionary of them); each row is a document and its
/// lines are sentences. Rows without a value are left out and counted. Text is copied once, into the blocks.
/// The producer is not trusted: lengths and offsets that are negative, descending, or outside their buffer where Arrow
/// tells its size are a `failure::bad_data` with the row; so is text that is no UTF-8, unless `utf8` repairs or keeps
/// it. An error of the producer is a `failure::io` with its message.
export generator<text_block> read_arrow(arrow_stream stream, arrow_options options = {});
}
