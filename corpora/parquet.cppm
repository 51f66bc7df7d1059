export module wordmill.corpora:parquet;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How Parquet files are read.
export struct parquet_options : read_options {
    std::string column = "text"; ///< a top-level column of strings
};

/// True if the library was built with Apache Arrow's Parquet reader (WORDMILL_PARQUET).
export [[nodiscard]] bool parquet_available() noexcept;

/// Reads a string column of Parquet files: a row is a document, and its lines are the sentences. Bad records (by
/// `on_bad`): nulls, invalid UTF-8 (by `utf8`), strings above `max_record_bytes`. Always `failure::bad_data`: a file
/// that Arrow refuses (named with its row group), a missing or nested column, a column that does not hold strings. A
/// position counts rows (`line`); resuming starts at the row group of the next row. Pipes are a `failure::usage`: the
/// directory of a Parquet file is at its end. Without Arrow: `failure::unavailable`.
export generator<text_block> read_parquet(std::vector<input_file> inputs, parquet_options options = {});
}
