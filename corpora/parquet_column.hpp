#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Apache Arrow's Parquet reader behind plain types. It is a shared library (parquet_column.cpp) that is loaded when the
// first Parquet file is opened: loading Arrow takes milliseconds and starts a thread, which most runs do not need.
namespace wordmill::detail {
enum class parquet_fault {
    bad_data,
    memory, ///< a page needs more than the limit, or than there is
    io,
    unavailable, ///< the shared library is missing
};

/// A file that cannot be read. The text names the row group, where one is known, but not the file.
class parquet_error : public std::runtime_error {
public:
    parquet_error(parquet_fault fault, std::string const& text, char const* hint = "",
                  std::optional<std::uint64_t> byte = {})
        : std::runtime_error(text), fault_(fault), byte_(byte), hint_(hint) {}
    [[nodiscard]] parquet_fault fault() const noexcept { return fault_; }
    [[nodiscard]] std::optional<std::uint64_t> byte() const noexcept { return byte_; }
    [[nodiscard]] char const* hint() const noexcept { return hint_; }

private:
    parquet_fault fault_;
    std::optional<std::uint64_t> byte_;
    char const* hint_; ///< a literal
};

/// The strings of one column of one row group, row by row. Only the bytes of this column are read.
class parquet_rows {
public:
    virtual ~parquet_rows() = default;
    /// Moves to the next row. False after the last one.
    virtual bool next() = 0;
    /// The text of the row, valid until `next`; nothing when it is null. The strings of a list are lines.
    [[nodiscard]] virtual std::optional<std::string_view> text() const = 0;
    /// Null strings of lists that were left out so far.
    [[nodiscard]] virtual std::uint64_t null_elements() const = 0;
};

/// An open file and its footer. Any thread may use it. The calls throw `parquet_error`.
class parquet_file {
public:
    virtual ~parquet_file() = default;
    [[nodiscard]] virtual int row_groups() const = 0;
    [[nodiscard]] virtual std::uint64_t rows(int group) const = 0;
    /// "text (String)", "meta.id (INT64)": the names by which `find_column` knows the columns, and their types.
    [[nodiscard]] virtual std::vector<std::string> columns() const = 0;
    /// The number of the column of strings with this name. Fields of structs are named "struct.field"; a list is passed
    /// over ("messages.content" of a list of structs); Parquet's own path ("messages.list.element.content") is a name
    /// too. An error when there is none, when two have this name, or when it holds something else.
    [[nodiscard]] virtual int find_column(std::string const& name) const = 0;
    /// Starts to read a column of a row group. The file has to outlive the rows.
    [[nodiscard]] virtual std::unique_ptr<parquet_rows> read(int column, int group) const = 0;
};

/// Opens a file. A page, with what is needed to decompress it, may take `memory_bytes`.
[[nodiscard]] std::shared_ptr<parquet_file const> open_parquet(std::string const& path, std::uint64_t memory_bytes);

/// "Apache Arrow 26.0.1"; empty in a build without.
[[nodiscard]] std::string_view parquet_library_name() noexcept;

inline constexpr char const* how_to_get_parquet =
    "scripts/setup.sh --parquet gets Apache Arrow; then build again, or convert the file to JSON lines";

/// What the shared library exports, under this name: `open_parquet`, to be deleted by the caller.
using parquet_opener = parquet_file*(char const* path, std::uint64_t memory_bytes);
inline constexpr char const* parquet_opener_name = "wordmill_open_parquet";
}
