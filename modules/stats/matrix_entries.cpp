module;
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.io;
import wordmill.stream;
import :cooccurrence;
import :matrix_entries;

namespace wordmill::detail {
namespace {
entry_blocks<matrix_value> entries_of(csr_view<float const> matrix) {
    std::vector<matrix_value> block;
    block.reserve(entries_at_once);
    for (std::size_t r = 0; r < matrix.rows; ++r) {
        auto const columns = matrix.row_columns(r);
        auto const values = matrix.row_values(r);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (!std::isfinite(values[i]) || (i > 0 && columns[i] <= columns[i - 1]))
                throw error(failure::bad_data, "a sparse matrix: expected finite values in ascending columns, found "
                                                   + std::to_string(values[i]) + " in column "
                                                   + std::to_string(columns[i]) + " of row " + std::to_string(r));
            block.push_back({id_at(r), id_at(columns[i]), values[i]});
            if (block.size() < entries_at_once) continue;
            co_yield std::span<matrix_value const>(block);
            block.clear();
        }
    }
    if (!block.empty()) co_yield std::span<matrix_value const>(block);
}

template <class Entry> void expect_once(std::vector<Entry> const& sorted, std::string const& file) {
    auto const same = [](Entry const& a, Entry const& b) { return order_key(a) == order_key(b); };
    auto const twice = std::adjacent_find(sorted.begin(), sorted.end(), same);
    if (twice == sorted.end()) return;
    throw error(failure::bad_data,
                "expected each pair once, found row " + std::to_string(index(twice->row)) + ", column "
                    + std::to_string(index(twice->column)) + " (from 0) twice",
                {.file = file}, "SciPy: matrix.sum_duplicates()");
}
}

[[clang::coro_wrapper]] entry_blocks<matrix_value> values_to_write::entries() const { return entries_of(matrix); }

template <> std::string number_in_words<cooccurrence>(std::uint64_t unit) {
    return unit == 1 ? "a whole number, not negative, below 2^64"
                     : "a multiple of 1/" + std::to_string(unit) + ", not negative, below 2^64/" + std::to_string(unit);
}
template <> std::string number_in_words<matrix_value>(std::uint64_t) {
    return "a finite number that is no smaller and no larger than 32-bit floats are";
}

double real_of(std::uint64_t weight, std::uint64_t unit) {
    auto const value = static_cast<double>(weight) / static_cast<double>(unit);
    if (weight_of(value, unit, double_rounding) != weight)
        throw error(failure::bad_data,
                    "the weight " + std::to_string(weight) + "/" + std::to_string(unit) + " is no 64-bit float", {},
                    "our own format holds all weights");
    return value;
}

void expect_numberable(std::uint64_t rows, std::uint64_t columns, place const& where) {
    constexpr std::uint64_t most = 0xffffffff;
    if (rows <= most && columns <= most) return;
    throw error(failure::bad_data,
                "expected fewer than 2^32 rows and columns, found " + format_count(rows) + " and "
                    + format_count(columns),
                where);
}

void expect_fits(std::uint64_t count, std::string_view what, std::uint64_t each, std::uint64_t fixed,
                 std::uint64_t limit, std::string const& file) {
    std::uint64_t bytes = 0;
    bool const overflows = __builtin_mul_overflow(count, each, &bytes) || __builtin_add_overflow(bytes, fixed, &bytes);
    if (!overflows && bytes <= limit) return;
    throw error(failure::resource,
                "a matrix of " + format_count(count) + std::string(what) + " needs "
                    + (overflows ? "more than 2^64 bytes" : format_bytes(bytes)) + " of memory, the limit is "
                    + format_bytes(limit),
                {.file = file}, "our own format, and GloVe's in order, are streamed");
}

template <class Entry> std::vector<Entry> gathered(matrix_to_read<Entry> from, std::uint64_t beside,
                                                   std::uint64_t limit, std::string const& file) {
    auto const each = sizeof(Entry) + beside;
    expect_fits(from.most_entries.value_or(0), " entries", each, 0, limit, file);
    std::vector<Entry> all;
    all.reserve(from.most_entries.value_or(0));
    for (auto const block : from.blocks) {
        if (auto const needed = all.size() + block.size(); needed > all.capacity()) {
            auto const wanted = std::max(needed, 2 * all.capacity());
            expect_fits(wanted, " entries", each, all.capacity() * sizeof(Entry), limit, file);
            all.reserve(wanted);
        }
        all.insert(all.end(), block.begin(), block.end());
    }
    auto const before = [](Entry const& a, Entry const& b) { return order_key(a) < order_key(b); };
    if (!std::is_sorted(all.begin(), all.end(), before)) std::sort(all.begin(), all.end(), before);
    expect_once(all, file);
    return all;
}

template std::vector<cooccurrence> gathered(matrix_to_read<cooccurrence>, std::uint64_t, std::uint64_t,
                                            std::string const&);
template std::vector<matrix_value> gathered(matrix_to_read<matrix_value>, std::uint64_t, std::uint64_t,
                                            std::string const&);
}
