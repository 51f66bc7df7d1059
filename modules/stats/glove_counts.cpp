module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
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

namespace wordmill::detail {
namespace {
struct glove_record {
    std::int32_t row = 0; ///< from 1
    std::int32_t column = 0;
    double value = 0;
};
static_assert(sizeof(glove_record) == 16);

template <class Entry>
entry_blocks<Entry> records(std::unique_ptr<byte_reader> in, std::uint64_t types, std::uint64_t unit) {
    std::vector<glove_record> raw(entries_at_once);
    std::vector<Entry> block;
    block.reserve(entries_at_once);
    while (!in->ended()) {
        auto const first_byte = in->position();
        auto const size = in->peek(entries_at_once * sizeof(glove_record)).size();
        raw.resize((size + sizeof(glove_record) - 1) / sizeof(glove_record));
        in->read(raw.data(), raw.size() * sizeof(glove_record), "a record of GloVe's co-occurrences");
        block.clear();
        for (std::size_t i = 0; i < raw.size(); ++i) {
            auto const& r = raw[i];
            auto const refuse = [&](std::string const& expected, std::string const& found) {
                throw error(failure::bad_data, "GloVe's co-occurrences: expected " + expected + ", found " + found,
                            {.file = in->name(), .byte = first_byte + i * sizeof(glove_record)});
            };
            if (r.row < 1 || r.column < 1 || static_cast<std::uint64_t>(std::max(r.row, r.column)) > types)
                refuse("ids from 1 to " + std::to_string(types),
                       std::to_string(r.row) + " and " + std::to_string(r.column));
            Entry e{.row = id_at(static_cast<std::size_t>(r.row - 1)),
                    .column = id_at(static_cast<std::size_t>(r.column - 1))};
            if (!set_number(e, r.value, unit, double_rounding))
                refuse(number_in_words<Entry>(unit), std::to_string(r.value));
            if (!is_zero(e)) block.push_back(e);
        }
        if (!block.empty()) co_yield std::span<Entry const>(block);
    }
}
}

template <class Matrix> void write_glove(Matrix const& matrix, output_file& out) {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    if (matrix.rows() != matrix.columns() || matrix.rows() > most)
        throw error(failure::usage, "GloVe's co-occurrences: expected a square matrix of at most " + format_count(most)
                                        + " types, found one of " + format_count(matrix.rows()) + " by "
                                        + format_count(matrix.columns()));
    std::vector<glove_record> raw;
    for (auto const entries : matrix.entries()) {
        raw.clear();
        for (auto const& e : entries) {
            auto const id = [](token_id from_0) { return static_cast<std::int32_t>(index(from_0)) + 1; };
            glove_record r{.row = id(e.row), .column = id(e.column)};
            if constexpr (std::is_same_v<typename Matrix::entry, cooccurrence>) {
                r.value = real_of(e.weight, matrix.unit());
            } else {
                r.value = e.value;
            }
            raw.push_back(r);
        }
        out.write({reinterpret_cast<char const*>(raw.data()), raw.size() * sizeof(glove_record)});
    }
}

template <class Entry>
matrix_to_read<Entry> read_glove(std::unique_ptr<byte_reader> in, load_matrix_options const& options) {
    constexpr std::uint64_t most = std::numeric_limits<std::int32_t>::max();
    std::optional<std::uint64_t> entries;
    if (in->plain()) {
        if (in->most_left() % sizeof(glove_record) != 0)
            in->refuse("expected a matrix: Wordmill's, Matrix Market, .npz, or GloVe's records of 16 bytes, found "
                       + format_bytes(in->most_left()) + " of something else or of a cut file");
        entries = in->most_left() / sizeof(glove_record);
    }
    bool const known = options.types != 0;
    auto const types = known ? options.types : most;
    expect_numberable(types, types, in->here());
    return {.rows = types,
            .columns = types,
            .shape_known = known,
            .unit = options.unit,
            .most_entries = entries,
            .blocks = records<Entry>(std::move(in), types, options.unit)};
}

template void write_glove(weights_to_write const&, output_file&);
template void write_glove(values_to_write const&, output_file&);
template matrix_to_read<cooccurrence> read_glove(std::unique_ptr<byte_reader>, load_matrix_options const&);
template matrix_to_read<matrix_value> read_glove(std::unique_ptr<byte_reader>, load_matrix_options const&);
}
