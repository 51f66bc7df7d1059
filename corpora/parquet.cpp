module;
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import :records;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
using detail::fate;
using detail::parsed_batch;

constexpr std::int64_t batch_rows = 1024;

[[noreturn]] void refuse(std::string const& file, std::string const& why) {
    throw error(failure::bad_data, "Parquet: " + why, place{.file = file});
}

/// One file and its column of strings.
class string_column {
public:
    string_column(input_file const& input, std::string const& column) : file_(input.name) {
        if (!input.can_reread())
            throw error(failure::usage, "Parquet: expected a regular file, found a pipe", place{.file = file_},
                        "the directory of a Parquet file is at its end");
        auto source = checked(arrow::io::ReadableFile::Open(file_));
        guarded([&] {
            parquet::arrow::FileReaderBuilder builder;
            checked(builder.Open(std::move(source)));
            parquet::ArrowReaderProperties properties;
            properties.set_batch_size(batch_rows);
            builder.properties(properties);
            reader_ = checked(builder.Build());
            reader_->set_use_threads(false);
            column_ = find(column);
        });
    }
    [[nodiscard]] int row_groups() const { return reader_->num_row_groups(); }
    [[nodiscard]] std::uint64_t rows(int group) const {
        return static_cast<std::uint64_t>(reader_->parquet_reader()->metadata()->RowGroup(group)->num_rows());
    }
    void open(int group) {
        group_ = group;
        guarded([&] { batches_ = checked(reader_->GetRecordBatchReader({group}, {column_})); });
    }
    /// The next rows of the open row group; null at its end.
    std::shared_ptr<arrow::Array> next() {
        std::shared_ptr<arrow::RecordBatch> batch;
        guarded([&] { checked(batches_->ReadNext(&batch)); });
        return batch ? batch->column(0) : nullptr;
    }

private:
    [[nodiscard]] std::string where() const {
        return group_ < 0 ? std::string() : "row group " + std::to_string(group_) + ": ";
    }
    void checked(arrow::Status const& status) const {
        if (!status.ok()) refuse(file_, where() + status.ToString());
    }
    template <class T> T checked(arrow::Result<T> result) const {
        checked(result.status());
        return std::move(result).ValueUnsafe();
    }
    /// Arrow's Parquet code throws its own exceptions.
    template <class Body> void guarded(Body body) const {
        try {
            body();
        } catch (parquet::ParquetException const& e) {
            refuse(file_, where() + e.what());
        }
    }
    [[nodiscard]] int find(std::string const& name) const {
        auto const* schema = reader_->parquet_reader()->metadata()->schema();
        std::string names;
        for (int i = 0; i < schema->num_columns(); ++i) {
            auto const* column = schema->Column(i);
            auto const path = column->path()->ToDotString();
            names += (names.empty() ? "" : ", ") + path;
            bool const inside = path.starts_with(name + ".");
            if (path != name && !inside) continue;
            if (inside || column->max_repetition_level() > 0)
                refuse(file_, "expected a plain column of strings, found the nested column '" + path + "'");
            if (column->physical_type() != parquet::Type::BYTE_ARRAY
                || !(column->logical_type()->is_string() || column->logical_type()->is_none()))
                refuse(file_, "expected a column of strings, found '" + path + "' of type "
                                  + parquet::TypeToString(column->physical_type()));
            return i;
        }
        refuse(file_, "expected a column '" + name + "', found " + (names.empty() ? "none" : names.substr(0, 200)));
    }

    std::string file_;
    std::unique_ptr<parquet::arrow::FileReader> reader_;
    std::shared_ptr<arrow::RecordBatchReader> batches_;
    int column_ = -1;
    int group_ = -1;
};

/// Rows of an Arrow array, whose type depends on the file.
class row_texts {
public:
    row_texts(std::shared_ptr<arrow::Array> rows, std::string const& file) : rows_(std::move(rows)) {
        if (auto const* dictionary = dynamic_cast<arrow::DictionaryArray const*>(rows_.get())) {
            dictionary_ = dictionary;
            values_ = dictionary->dictionary();
        } else {
            values_ = rows_;
        }
        narrow_ = dynamic_cast<arrow::BinaryArray const*>(values_.get());
        wide_ = dynamic_cast<arrow::LargeBinaryArray const*>(values_.get());
        if (!narrow_ && !wide_) refuse(file, "expected strings, found " + rows_->type()->ToString());
    }
    [[nodiscard]] std::int64_t size() const { return rows_->length(); }
    [[nodiscard]] bool is_null(std::int64_t row) const { return rows_->IsNull(row); }
    [[nodiscard]] std::string_view operator[](std::int64_t row) const {
        if (dictionary_) row = dictionary_->GetValueIndex(row);
        return narrow_ ? narrow_->GetView(row) : wide_->GetView(row);
    }

private:
    std::shared_ptr<arrow::Array> rows_;
    std::shared_ptr<arrow::Array> values_;
    arrow::DictionaryArray const* dictionary_ = nullptr;
    arrow::BinaryArray const* narrow_ = nullptr;
    arrow::LargeBinaryArray const* wide_ = nullptr;
};

void add_row(parsed_batch& out, row_texts const& rows, std::int64_t i, std::uint64_t row, std::string const& file,
             read_options const& options) {
    detail::parsed_record r{.line_end = row + 1};
    char const* fault = nullptr;
    auto const text = rows.is_null(i) ? std::string_view() : rows[i];
    if (rows.is_null(i))
        fault = "Parquet: null";
    else if (text.size() > options.max_record_bytes)
        fault = "Parquet: a string above the limit";
    else if (options.utf8 == utf8_policy::keep || valid_utf8(text))
        out.text += text;
    else if (options.utf8 == utf8_policy::replace)
        append_repaired(out.text, text), ++out.repaired;
    else
        fault = "Parquet: invalid UTF-8";
    if (fault) {
        r.kind = fate::bad;
        r.complaint = static_cast<std::uint32_t>(out.complaints.size());
        out.complaints.push_back(
            {.reason = fault, .where = {.file = file, .line = row + 1}, .record = std::string(text.substr(0, 4096))});
    }
    r.text_end = out.text.size();
    out.records.push_back(r);
}

generator<parsed_batch> read_rows(std::vector<input_file> inputs, parquet_options options) {
    for (auto i = options.from.file; i < inputs.size(); ++i) {
        string_column column(inputs[i], options.column);
        auto const first = i == options.from.file ? options.from.line : 0; // earlier rows were already delivered
        std::uint64_t row = 0;
        for (int group = 0; group < column.row_groups(); ++group) {
            options.watch.check();
            auto const group_end = row + column.rows(group);
            if (group_end <= first) {
                row = group_end;
                continue;
            }
            column.open(group);
            while (auto const array = column.next()) {
                row_texts const rows(array, inputs[i].name);
                parsed_batch out{.file = i};
                for (std::int64_t at = 0; at < rows.size(); ++at, ++row)
                    if (row >= first) add_row(out, rows, at, row, inputs[i].name, options);
                co_yield std::move(out);
            }
        }
        options.watch.add_stored(inputs[i].bytes);
    }
}
}

bool parquet_available() noexcept { return true; }

generator<text_block> read_parquet(std::vector<input_file> inputs, parquet_options options) {
    auto const from = detail::resume_at(options.from, inputs);
    co_yield elements_of(detail::deliver(read_rows(std::move(inputs), options), options, from));
}
}
