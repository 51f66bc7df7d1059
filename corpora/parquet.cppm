export module wordmill.corpora:parquet;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How Parquet files are read.
export struct parquet_options : read_options {
    /// A column of strings. "meta.text" is a field of a struct, or of the structs of a list.
    std::string column = "text";
};

/// True if the library was built with Apache Arrow's Parquet reader (WORDMILL_PARQUET).
export [[nodiscard]] bool parquet_available() noexcept;

/// The library that reads Parquet, as "Apache Arrow 26.0.1"; empty in a build without.
export [[nodiscard]] std::string_view parquet_library() noexcept;

/// What the footer of a Parquet file says.
export struct parquet_contents {
    std::uint64_t rows = 0;
    std::uint64_t row_groups = 0;
    std::vector<std::string> columns{}; ///< with their types: "text (String)", "meta.id (INT64)"
};

/// Reads the footer of a file. Throws as `read_parquet` does.
export [[nodiscard]] parquet_contents contents_of_parquet(input_file const& input);

/// Reads a column of strings of Parquet files: a row is a document, and its lines are the sentences. The strings of a
/// list are lines of one document; null strings in it are left out and noted. Only the bytes of the column are read.
/// Row groups are read in parallel. Bad records (by `on_bad`): null rows, invalid UTF-8 (by `utf8`), rows above
/// `max_record_bytes`. Always `failure::bad_data`: a file that Arrow refuses (named with its row group), a missing
/// column, a column that does not hold strings. `failure::resource`: a page needs more than `memory_bytes`. A file of 0
/// bytes has no rows and is noted. A position counts rows (`line`); resuming starts at the row group of the next row.
/// Pipes are a `failure::usage`: the footer of a Parquet file is at its end. Without Arrow: `failure::unavailable`.
export generator<text_block> read_parquet(std::vector<input_file> inputs, parquet_options options = {});
}
