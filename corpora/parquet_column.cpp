#include "parquet_column.hpp"

#include <algorithm>
#include <arrow/io/file.h>
#include <arrow/memory_pool.h>
#include <arrow/status.h>
#include <arrow/util/config.h>
#include <cstddef>
#include <cstring>
#include <exception>
#include <new>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>
#include <parquet/schema.h>
#include <parquet/types.h>
#include <utility>

namespace wordmill::detail {
namespace {
constexpr std::int64_t levels_at_once = 1024;
constexpr std::int64_t least_read = 16 << 10;
constexpr std::int64_t most_read = 1 << 20;

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

[[noreturn]] void refuse(std::string const& text) { throw parquet_error(parquet_fault::bad_data, text); }

void check(arrow::Status const& status, std::string const& where) {
    if (status.ok()) return;
    if (status.IsOutOfMemory())
        throw parquet_error(parquet_fault::memory, where + one_line(status.message()),
                            "the file is damaged, or it needs a larger --memory");
    // Arrow calls damaged data an IOError too; errors of the system have a detail.
    bool const system = status.IsIOError() && status.detail() != nullptr;
    throw parquet_error(system ? parquet_fault::io : parquet_fault::bad_data, where + one_line(status.ToString()));
}

/// Calls Arrow's Parquet code, which throws exceptions of its own.
template <class Body> auto guarded(std::string const& where, Body body) {
    try {
        return body();
    } catch (parquet::ParquetStatusException const& e) {
        check(e.status(), where);
        throw;
    } catch (parquet::ParquetException const& e) {
        refuse(where + one_line(e.what()));
    }
}

template <class T> T value_of(arrow::Result<T> result) {
    check(result.status(), "");
    return std::move(result).ValueUnsafe();
}

/// Memory of the process, up to a limit. Arrow allocates what a page claims to need before it looks at the page.
class limited_memory final : public arrow::MemoryPool {
public:
    explicit limited_memory(std::uint64_t bytes)
        : limit_(static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, INT64_MAX))) {}
    using MemoryPool::Allocate;
    using MemoryPool::Free;
    using MemoryPool::Reallocate;
    [[nodiscard]] std::int64_t limit() const { return limit_; }
    arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override {
        ARROW_RETURN_NOT_OK(admit(size));
        return pool_.Allocate(size, alignment, out);
    }
    arrow::Status Reallocate(std::int64_t old_size, std::int64_t new_size, std::int64_t alignment,
                             std::uint8_t** ptr) override {
        ARROW_RETURN_NOT_OK(admit(new_size - old_size));
        return pool_.Reallocate(old_size, new_size, alignment, ptr);
    }
    void Free(std::uint8_t* buffer, std::int64_t size, std::int64_t alignment) override {
        pool_.Free(buffer, size, alignment);
    }
    std::int64_t bytes_allocated() const override { return pool_.bytes_allocated(); }
    std::int64_t max_memory() const override { return pool_.max_memory(); }
    std::int64_t total_bytes_allocated() const override { return pool_.total_bytes_allocated(); }
    std::int64_t num_allocations() const override { return pool_.num_allocations(); }
    std::string backend_name() const override { return pool_.backend_name(); }

private:
    [[nodiscard]] arrow::Status admit(std::int64_t more) const {
        auto const held = pool_.bytes_allocated();
        if (more <= 0 || more <= limit_ - held) return arrow::Status::OK();
        return arrow::Status::OutOfMemory("a page that needs ", more, " bytes, with ", held, " in use; the limit is ",
                                          limit_);
    }
    std::int64_t limit_;
    arrow::ProxyMemoryPool pool_{arrow::system_memory_pool()};
};

parquet::ReaderProperties reading_with(limited_memory& pool) {
    parquet::ReaderProperties properties(&pool);
    properties.enable_buffered_stream(); // otherwise all of a row group's column is read at once
    properties.set_buffer_size(std::clamp(pool.limit() / 16, least_read, most_read));
    properties.set_page_checksum_verification(true);
    return properties;
}

/// The nodes of the schema from a top-level field down to a leaf.
std::vector<parquet::schema::Node const*> path_to(parquet::schema::Node const& leaf) {
    std::vector<parquet::schema::Node const*> path;
    for (auto const* node = &leaf; node->parent() != nullptr; node = node->parent()) path.push_back(node);
    std::reverse(path.begin(), path.end());
    return path;
}

/// The path without the groups that only say "list" (the rules of Parquet's LogicalTypes.md).
std::string short_name(parquet::schema::Node const& leaf) {
    auto const path = path_to(leaf);
    std::string name;
    bool named = true; // false for the element of a list
    for (std::size_t i = 0; i < path.size(); ++i) {
        auto const& node = *path[i];
        if (std::exchange(named, true)) name += (name.empty() ? "" : ".") + node.name();
        bool const has_repeated = i + 1 < path.size() && path[i + 1]->is_repeated();
        if (!has_repeated || !(node.logical_type()->is_map() || node.logical_type()->is_list())) continue;
        auto const* repeated = path[++i];
        if (node.logical_type()->is_map() || !repeated->is_group()) continue;
        auto const& group = static_cast<parquet::schema::GroupNode const&>(*repeated);
        bool const is_element =
            group.field_count() > 1 || group.name() == "array" || group.name() == node.name() + "_tuple";
        named = is_element;
    }
    return name;
}

/// Without the parameters of a type, as those of a time.
std::string type_name(parquet::ColumnDescriptor const& column) {
    auto const& logical = *column.logical_type();
    if (logical.is_none() || !logical.is_valid()) return parquet::TypeToString(column.physical_type());
    auto const name = logical.ToString();
    return name.substr(0, name.find('('));
}

bool holds_text(parquet::ColumnDescriptor const& column) {
    auto const& logical = *column.logical_type();
    return column.physical_type() == parquet::Type::BYTE_ARRAY
           && (logical.is_string() || logical.is_none() || logical.is_JSON() || logical.is_enum());
}

/// Refuses what is no Parquet file with a better message than Arrow's.
void check_ends(arrow::io::RandomAccessFile& file) {
    auto const size = value_of(file.GetSize());
    auto const bytes_at = [&](std::int64_t at, std::int64_t count) {
        std::string bytes(static_cast<std::size_t>(count), '\0');
        bytes.resize(static_cast<std::size_t>(value_of(file.ReadAt(at, count, bytes.data()))));
        return bytes;
    };
    auto const fault = [](std::string const& text, char const* hint, std::int64_t byte) {
        return parquet_error(parquet_fault::bad_data, text, hint, static_cast<std::uint64_t>(byte));
    };
    if (size < 12)
        throw fault("expected a file that begins and ends with PAR1, found " + std::to_string(size) + " bytes",
                    "the file is truncated or of another format", 0);
    auto const head = bytes_at(0, 4);
    auto const tail = bytes_at(size - 8, 8);
    if (head == "PARE" || tail.ends_with("PARE")) refuse("expected a plain file, found an encrypted one");
    if (head != "PAR1")
        throw fault("expected PAR1 at the beginning of the file, found other bytes",
                    "the file is of another format, or compressed as a whole: decompress it first", 0);
    if (!tail.ends_with("PAR1"))
        throw fault("expected PAR1 at the end of the file, found other bytes",
                    "the file is truncated or still being written", size - 4);
    std::uint32_t footer = 0;
    std::memcpy(&footer, tail.data(), sizeof footer); // little endian
    if (footer > static_cast<std::uint64_t>(size) - 12)
        throw fault("expected a footer inside the file of " + std::to_string(size) + " bytes, found one of "
                        + std::to_string(footer),
                    "the file is damaged", size - 8);
}

/// An open file.
struct shared_file {
    explicit shared_file(std::uint64_t bytes) : memory_bytes(bytes), pool(bytes) {}

    std::uint64_t memory_bytes;
    limited_memory pool; ///< before what keeps a pointer to it
    std::shared_ptr<arrow::io::RandomAccessFile> source{};
    std::shared_ptr<parquet::FileMetaData> metadata{};
};

class arrow_rows final : public parquet_rows {
public:
    arrow_rows(shared_file const& file, int column, int group, std::uint64_t rows)
        : where_("row group " + std::to_string(group) + ": "), pool_(file.memory_bytes), rows_(rows) {
        auto const& schema = *file.metadata->schema()->Column(column);
        most_definitions_ = schema.max_definition_level();
        most_repetitions_ = schema.max_repetition_level();
        for (auto const* node : path_to(*schema.schema_node())) {
            if (node->is_required()) continue;
            missing_is_null_.push_back(node->is_optional());
            if (node->is_repeated() && in_list_ == 0) in_list_ = static_cast<std::int16_t>(missing_is_null_.size());
        }
        auto const elsewhere =
            guarded(where_, [&] { return file.metadata->RowGroup(group)->ColumnChunk(column)->file_path(); });
        if (!elsewhere.empty())
            throw parquet_error(parquet_fault::bad_data,
                                where_ + "expected its data in this file, found it in " + elsewhere,
                                "name the files of the data, such as part-*.parquet, not the folder with _metadata");
        guarded(where_, [&] {
            reader_ = parquet::ParquetFileReader::Open(file.source, reading_with(pool_), file.metadata);
            column_ = reader_->RowGroup(group)->Column(column);
        });
    }

    bool next() override {
        if (!have_level()) {
            if (row_ != rows_)
                refuse(where_ + "expected " + std::to_string(rows_) + " rows, found " + std::to_string(row_));
            return false;
        }
        if (row_++ == rows_) refuse(where_ + "expected " + std::to_string(rows_) + " rows, found more");
        if (most_repetitions_ == 0) {
            text_ = take();
        } else {
            if (repetitions_[at()] != 0) refuse(where_ + "expected the beginning of a row, found the inside of a list");
            take_list();
        }
        return true;
    }
    [[nodiscard]] std::optional<std::string_view> text() const override { return text_; }
    [[nodiscard]] std::uint64_t null_elements() const override { return null_elements_; }

private:
    [[nodiscard]] std::size_t at() const { return static_cast<std::size_t>(level_); }
    /// Reads levels when all were used. False at the end of the row group.
    bool have_level() {
        if (level_ < levels_) return true;
        return guarded(where_, [&] {
            if (!column_->HasNext()) return false;
            auto& strings = static_cast<parquet::ByteArrayReader&>(*column_);
            level_ = value_ = 0;
            levels_ = strings.ReadBatch(levels_at_once, definitions_.data(), repetitions_.data(), values_.data(),
                                        &values_read_);
            if (levels_ <= 0) refuse(where_ + "expected more values in a page, found its end");
            return true;
        });
    }
    /// The string of the current level, if it has one. Goes on to the next level.
    std::optional<std::string_view> take() {
        bool const defined = most_definitions_ == 0 || definitions_[at()] == most_definitions_;
        ++level_;
        if (!defined) return {};
        if (value_ >= values_read_) refuse(where_ + "expected as many values as levels, found fewer");
        auto const& bytes = values_[static_cast<std::size_t>(value_++)];
        return std::string_view(reinterpret_cast<char const*>(bytes.ptr), bytes.len);
    }
    void take_list() {
        lines_.clear();
        auto const first = definitions_[at()];
        bool const null = first < in_list_ && missing_is_null_[static_cast<std::size_t>(first)];
        bool any = false;
        do {
            auto const defined = definitions_[at()];
            if (auto const string = take()) {
                if (std::exchange(any, true)) lines_ += '\n';
                lines_ += *string;
            } else if (defined >= in_list_ && missing_is_null_[static_cast<std::size_t>(defined)]) {
                ++null_elements_;
            }
        } while (have_level() && repetitions_[at()] > 0);
        if (null)
            text_.reset();
        else
            text_ = lines_;
    }

    std::string where_;
    limited_memory pool_; ///< before what allocates from it
    std::unique_ptr<parquet::ParquetFileReader> reader_{};
    std::shared_ptr<parquet::ColumnReader> column_{};
    std::uint64_t rows_;    ///< of the row group, as the footer says
    std::uint64_t row_ = 0; ///< rows begun
    std::int16_t most_definitions_ = 0;
    std::int16_t most_repetitions_ = 0;
    std::vector<bool> missing_is_null_{}; ///< by definition level: a null, or an empty list
    std::int16_t in_list_ = 0;            ///< from this level on, a list has an element

    std::vector<std::int16_t> definitions_ = std::vector<std::int16_t>(levels_at_once);
    std::vector<std::int16_t> repetitions_ = std::vector<std::int16_t>(levels_at_once);
    std::vector<parquet::ByteArray> values_ = std::vector<parquet::ByteArray>(levels_at_once);
    std::int64_t levels_ = 0;
    std::int64_t level_ = 0;
    std::int64_t values_read_ = 0;
    std::int64_t value_ = 0;

    std::optional<std::string_view> text_{};
    std::string lines_{}; ///< of a list
    std::uint64_t null_elements_ = 0;
};

class arrow_file final : public parquet_file {
public:
    arrow_file(std::string const& path, std::uint64_t memory_bytes) : file_(memory_bytes) {
        file_.source = value_of(arrow::io::ReadableFile::Open(path));
        check_ends(*file_.source);
        guarded("footer: ", [&] {
            auto const reader = parquet::ParquetFileReader::Open(file_.source, reading_with(file_.pool));
            file_.metadata = reader->metadata();
        });
    }

    [[nodiscard]] int row_groups() const override { return file_.metadata->num_row_groups(); }
    [[nodiscard]] std::uint64_t rows(int group) const override {
        auto const where = "row group " + std::to_string(group) + ": ";
        auto const rows = guarded(where, [&] { return file_.metadata->RowGroup(group)->num_rows(); });
        if (rows < 0) refuse(where + "expected a number of rows, found " + std::to_string(rows));
        return static_cast<std::uint64_t>(rows);
    }
    [[nodiscard]] std::vector<std::string> columns() const override {
        std::vector<std::string> names;
        auto const& schema = *file_.metadata->schema();
        for (int i = 0; i < schema.num_columns(); ++i)
            names.push_back(short_name(*schema.Column(i)->schema_node()) + " (" + type_name(*schema.Column(i)) + ")");
        return names;
    }
    [[nodiscard]] int find_column(std::string const& name) const override {
        auto const& schema = *file_.metadata->schema();
        int found = -1;
        std::vector<std::string> inside;
        for (int i = 0; i < schema.num_columns(); ++i) {
            auto const& column = *schema.Column(i);
            auto const known = short_name(*column.schema_node());
            if (known == name || column.path()->ToDotString() == name) {
                if (found >= 0) refuse("expected one column '" + name + "', found two");
                found = i;
            } else if (known.starts_with(name + '.')) {
                inside.push_back(known);
            }
        }
        if (found < 0 && !inside.empty())
            throw parquet_error(parquet_fault::bad_data,
                                "expected a column of strings, found '" + name + "' with the columns " + listed(inside),
                                "name one of them with --field");
        if (found < 0)
            throw parquet_error(parquet_fault::bad_data, "expected a column '" + name + "', found " + listed(columns()),
                                "name the column with --field");
        if (!holds_text(*schema.Column(found)))
            throw parquet_error(parquet_fault::bad_data,
                                "expected a column of strings, found '" + name + "' of type "
                                    + type_name(*schema.Column(found)) + " among " + listed(columns()),
                                "name the column with --field");
        return found;
    }
    [[nodiscard]] std::unique_ptr<parquet_rows> read(int column, int group) const override {
        return std::make_unique<arrow_rows>(file_, column, group, rows(group));
    }

private:
    static std::string listed(std::vector<std::string> const& names) {
        std::string list;
        for (auto const& each : names) {
            if (list.size() > 400) return list + ", ...";
            list += (list.empty() ? "" : ", ") + each;
        }
        return list.empty() ? "no column" : list;
    }

    shared_file file_;
};
}
}

extern "C" __attribute__((visibility("default"))) wordmill::detail::parquet_file*
wordmill_open_parquet(char const* path, std::uint64_t memory_bytes) {
    return new wordmill::detail::arrow_file(path, memory_bytes);
}
