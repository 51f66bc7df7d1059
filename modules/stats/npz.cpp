module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :cooccurrence;
import :matrix_entries;
import :matrix_files;
import :npy_array;
import :zip;

namespace wordmill::detail {
namespace {
/// A member that is being written: a one-dimensional array whose values are appended.
class member_to_write {
public:
    member_to_write(zip_writer& zip, std::string const& name, std::string_view type, std::uint64_t size)
        : zip_(zip), bytes_(type.back() == '4' ? 4 : 8) {
        auto const header = npy_header_text(type, {&size, 1});
        zip_.begin(name + ".npy", header.size() + checked_product(size, bytes_));
        zip_.write(header);
    }
    /// An index in as many bytes as the type has.
    void add_index(std::uint64_t value) { add(&value, bytes_); } // little-endian: the low bytes come first
    template <class T> void add_number(T value) { add(&value, sizeof value); }
    void finish() { flush(); }

private:
    void add(void const* value, std::size_t bytes) {
        if (text_.size() >= most) flush();
        text_.append(static_cast<char const*>(value), bytes);
    }
    void flush() {
        zip_.write(text_);
        text_.clear();
    }
    static constexpr std::size_t most = std::size_t{1} << 16;
    zip_writer& zip_;
    std::size_t bytes_;
    std::string text_{};
};

template <class Matrix> void write_row_offsets(Matrix const& matrix, member_to_write into) {
    std::uint64_t row = 0, entries_before = 0;
    into.add_index(0);
    for (auto const entries : matrix.entries())
        for (auto const& e : entries) {
            for (; row < index(e.row); ++row) into.add_index(entries_before);
            ++entries_before;
        }
    for (; row < matrix.rows(); ++row) into.add_index(entries_before);
    into.finish();
}

template <class Matrix> void write_numbers(Matrix const& matrix, zip_writer& zip) {
    constexpr bool weights = std::is_same_v<typename Matrix::entry, cooccurrence>;
    constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
    bool const whole = matrix.unit() == 1;
    member_to_write into(zip, "data", !weights ? "<f4" : whole ? "<i8" : "<f8", matrix.nonzeros());
    for (auto const entries : matrix.entries())
        for (auto const& e : entries) {
            if constexpr (!weights) {
                into.add_number(e.value);
            } else if (!whole) {
                into.add_number(real_of(e.weight, matrix.unit()));
            } else {
                if (e.weight > most)
                    throw error(failure::bad_data,
                                "npz: expected weights below 2^63, found " + std::to_string(e.weight), {},
                                "our own format holds all weights");
                into.add_number(e.weight);
            }
        }
    into.finish();
}

/// The entries of csr and csc matrices: `indptr` divides them into rows or columns, and `indices` are their positions
/// within those.
template <class Entry> entry_blocks<Entry> compressed(npy_array offsets, npy_array indices, npy_array data,
                                                      bool by_rows, std::uint64_t majors, std::uint64_t minors,
                                                      std::uint64_t unit) {
    auto const size = data.size();
    if (offsets.next_index() != 0) offsets.refuse("expected the first offset to be 0");
    std::uint64_t entry = 0;
    std::vector<Entry> block;
    block.reserve(entries_at_once);
    for (std::uint64_t major = 0; major < majors; ++major) {
        auto const end = offsets.next_index();
        if (end < entry || end > size)
            offsets.refuse("expected offsets that do not fall, up to " + format_count(size) + ", found "
                           + format_count(end) + " after " + format_count(entry));
        for (; entry < end; ++entry) {
            auto const minor = indices.next_index();
            if (minor >= minors)
                indices.refuse("expected indices below " + std::to_string(minors) + ", found " + std::to_string(minor));
            Entry e{.row = id_at(by_rows ? major : minor), .column = id_at(by_rows ? minor : major)};
            data.set_next(e, unit);
            if (!is_zero(e)) block.push_back(e);
            if (block.size() < entries_at_once) continue;
            co_yield std::span<Entry const>(block);
            block.clear();
        }
    }
    if (entry != size)
        offsets.refuse("expected the last offset to be " + format_count(size) + ", found " + format_count(entry));
    for (auto* const array : {&offsets, &indices, &data}) array->finish();
    if (!block.empty()) co_yield std::span<Entry const>(block);
}

template <class Entry> entry_blocks<Entry> coordinates(npy_array rows_of, npy_array columns_of, npy_array data,
                                                       std::uint64_t rows, std::uint64_t columns, std::uint64_t unit) {
    std::vector<Entry> block;
    block.reserve(entries_at_once);
    for (std::uint64_t i = 0; i < data.size(); ++i) {
        auto const row = rows_of.next_index();
        auto const column = columns_of.next_index();
        if (row >= rows || column >= columns)
            rows_of.refuse("expected rows below " + std::to_string(rows) + " and columns below "
                           + std::to_string(columns) + ", found " + std::to_string(row) + " and "
                           + std::to_string(column));
        Entry e{.row = id_at(row), .column = id_at(column)};
        data.set_next(e, unit);
        if (!is_zero(e)) block.push_back(e);
        if (block.size() < entries_at_once) continue;
        co_yield std::span<Entry const>(block);
        block.clear();
    }
    for (auto* const array : {&rows_of, &columns_of, &data}) array->finish();
    if (!block.empty()) co_yield std::span<Entry const>(block);
}
}

template <class Matrix> void write_npz(Matrix const& matrix, output_file& out) {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    auto const type = matrix.columns() <= most && matrix.nonzeros() <= most ? "<i4" : "<i8";
    zip_writer zip(out);
    member_to_write indices(zip, "indices", type, matrix.nonzeros());
    for (auto const entries : matrix.entries())
        for (auto const& e : entries) indices.add_index(index(e.column));
    indices.finish();
    write_row_offsets(matrix, member_to_write(zip, "indptr", type, matrix.rows() + 1));
    auto const format = npy_header_text("|S3", {}) + "csr";
    zip.begin("format.npy", format.size());
    zip.write(format);
    member_to_write shape(zip, "shape", "<i8", 2);
    shape.add_index(matrix.rows());
    shape.add_index(matrix.columns());
    shape.finish();
    write_numbers(matrix, zip);
    zip.finish();
}

template <class Entry>
matrix_to_read<Entry> read_npz(std::unique_ptr<byte_reader> in, load_matrix_options const& options) {
    if (!in->plain())
        in->refuse("npz: expected a regular file that is not compressed as a whole, for it is read from its end");
    auto const file = in->name();
    in.reset();
    auto const members = zip_members(file);
    auto const array = [&](char const* name) { return npy_array(file, name, members); };

    auto format = array("format");
    if (!format.is_scalar() || format.type() != "|S3") format.refuse("expected three letters, of type '|S3'");
    auto const form = std::string(format.next());
    format.finish();
    if (form != "csr" && form != "csc" && form != "coo")
        format.refuse("expected csr, csc or coo, found another format");
    auto shape = array("shape");
    if (shape.is_scalar() || shape.size() != 2) shape.refuse("expected two sizes, found " + format_count(shape.size()));
    auto const rows = shape.next_index();
    auto const columns = shape.next_index();
    shape.finish();
    expect_numberable(rows, columns, {.file = file});

    bool const listed = form == "coo";
    bool const by_rows = form == "csr";
    auto const majors = by_rows ? rows : columns;
    auto data = array("data");
    auto first = array(listed ? "row" : "indptr");
    auto second = array(listed ? "col" : "indices");
    auto const firsts = listed ? data.size() : majors + 1;
    if (first.size() != firsts || second.size() != data.size())
        data.refuse("expected " + format_count(firsts) + (listed ? " rows and " : " offsets and ")
                    + format_count(data.size()) + " columns or indices for as many values, found "
                    + format_count(first.size()) + " and " + format_count(second.size()));
    matrix_to_read<Entry> found{.rows = rows, .columns = columns, .unit = options.unit, .most_entries = data.size()};
    found.blocks =
        listed ? coordinates<Entry>(std::move(first), std::move(second), std::move(data), rows, columns, options.unit)
               : compressed<Entry>(std::move(first), std::move(second), std::move(data), by_rows, majors,
                                   by_rows ? columns : rows, options.unit);
    return found;
}

template void write_npz(weights_to_write const&, output_file&);
template void write_npz(values_to_write const&, output_file&);
template matrix_to_read<cooccurrence> read_npz(std::unique_ptr<byte_reader>, load_matrix_options const&);
template matrix_to_read<matrix_value> read_npz(std::unique_ptr<byte_reader>, load_matrix_options const&);
}
