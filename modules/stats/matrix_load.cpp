module;
#include <algorithm>
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
import :matrix_files;

namespace wordmill {
namespace {
using namespace detail;

bool is_zip(std::string_view first) { return first.starts_with("PK\x03\x04") || first.starts_with("PK\x05\x06"); }

matrix_format recognise(byte_reader& in) {
    if (in.plain()) { // stored without a codec: a zip archive is never decoded
        char first[4]{};
        auto const size = seekable_file(in.name()).read_at(0, first);
        if (is_zip({first, size})) return matrix_format::npz;
    }
    auto const first = in.peek(64);
    if (first.empty()) in.refuse("expected a sparse matrix, found an empty file");
    if (first.starts_with(own_magic)) return matrix_format::wordmill;
    if (first.starts_with("%%")) return matrix_format::matrix_market;
    if (is_zip(first)) return matrix_format::npz;
    if (first.starts_with("\x93NUMPY"))
        in.refuse("expected a sparse matrix, found an .npy array", "scipy.sparse.save_npz(name, matrix)");
    return matrix_format::glove;
}

template <class Entry> matrix_to_read<Entry> opened(std::unique_ptr<byte_reader> in, matrix_format format,
                                                    load_matrix_options const& options) {
    switch (format) {
    case matrix_format::automatic: break;
    case matrix_format::wordmill: return read_own<Entry>(std::move(in), options);
    case matrix_format::matrix_market: return read_matrix_market<Entry>(std::move(in), options);
    case matrix_format::glove: return read_glove<Entry>(std::move(in), options);
    case matrix_format::npz: return read_npz<Entry>(std::move(in), options);
    }
    throw error(failure::usage, "a matrix cannot be loaded as " + std::string(name(format)), {.file = in->name()});
}

std::uint64_t identity_of(std::string const& path) { return fingerprint(find_inputs(std::vector{path})); }

/// Reads the file anew for each pass.
class streamed final : public cooccurrence_counts::source {
public:
    streamed(std::string path, std::uint64_t identity, matrix_format format, load_matrix_options options)
        : path_(std::move(path)), identity_(identity), format_(format), options_(options) {}
    [[nodiscard, clang::coro_wrapper]] entry_blocks<cooccurrence> entries() const override {
        return blocks(path_, identity_, format_, options_);
    }

private:
    static entry_blocks<cooccurrence> blocks(std::string path, std::uint64_t identity, matrix_format format,
                                             load_matrix_options options) {
        if (identity_of(path) != identity)
            throw error(failure::bad_data, "expected the matrix that was loaded, found a file that has changed since",
                        {.file = path});
        auto matrix = opened<cooccurrence>(std::make_unique<byte_reader>(path), format, options);
        for (auto const block : matrix.blocks) co_yield block;
    }

    std::string path_;
    std::uint64_t identity_;
    matrix_format format_;
    load_matrix_options options_;
};

struct ids_seen {
    bool in_order = true; ///< each pair once
    std::uint64_t types = 0;
};

ids_seen look_at(entry_blocks<cooccurrence> blocks) {
    ids_seen seen;
    std::uint64_t next = 0;
    for (auto const block : blocks)
        for (auto const& e : block) {
            seen.types = std::max({seen.types, index(e.row) + 1, index(e.column) + 1});
            seen.in_order = seen.in_order && order_key(e) >= next;
            next = order_key(e) + 1;
        }
    return seen;
}

template <class Entry> std::uint64_t types_of(std::vector<Entry> const& entries) {
    std::uint64_t types = 0;
    for (auto const& e : entries) types = std::max({types, index(e.row) + 1, index(e.column) + 1});
    return types;
}

csr<float> csr_of(matrix_to_read<matrix_value> from, std::uint64_t limit, std::string const& file) {
    constexpr std::uint64_t each = sizeof(std::uint32_t) + sizeof(float);
    auto const fixed = (from.rows + 1) * sizeof(std::uint64_t);
    std::vector<std::uint64_t> offsets{0};
    std::vector<std::uint32_t> columns_of;
    std::vector<float> values;
    expect_fits(from.most_entries.value_or(0), " entries", each, fixed, limit, file);
    columns_of.reserve(from.most_entries.value_or(0));
    values.reserve(from.most_entries.value_or(0));
    for (auto const block : from.blocks) {
        if (values.size() + block.size() > values.capacity()) // the old and the new copy of the growing vector
            expect_fits(values.size() + block.size(), " entries", 3 * each, fixed, limit, file);
        for (auto const& e : block) {
            offsets.resize(index(e.row) + 1, values.size());
            columns_of.push_back(static_cast<std::uint32_t>(index(e.column)));
            values.push_back(e.value);
        }
    }
    offsets.resize(from.rows + 1, values.size());
    return {from.columns, std::move(offsets), std::move(columns_of), std::move(values)};
}

entry_blocks<matrix_value> as_one_block(std::vector<matrix_value> entries) {
    co_yield std::span<matrix_value const>(entries);
}
}

cooccurrence_counts load_cooccurrences(std::string const& path, load_matrix_options const& options) {
    if (options.unit == 0) throw error(failure::usage, "expected a unit of weights of at least 1, found 0");
    auto const limit = resolve_memory(options.memory_bytes);
    auto in = std::make_unique<byte_reader>(path);
    auto const file = in->name();
    auto const inputs = find_inputs(std::vector{path});
    auto const identity = fingerprint(inputs);
    auto const format = options.format == matrix_format::automatic ? recognise(*in) : options.format;
    auto matrix = opened<cooccurrence>(std::move(in), format, options);
    if (matrix.rows != matrix.columns)
        throw error(failure::bad_data,
                    "expected as many rows as columns of co-occurrences, found " + format_count(matrix.rows) + " and "
                        + format_count(matrix.columns),
                    {.file = file});

    constexpr std::uint64_t sums = 2 * sizeof(std::uint64_t); // of a row and a column, see `totals`
    bool const again = inputs.front().can_reread();
    if (matrix.shape_known) expect_fits(matrix.rows, " types", sums, 0, limit, file);
    bool stays = again && format == matrix_format::wordmill;
    auto types = matrix.rows;
    if (again && format == matrix_format::glove) {
        auto const seen = look_at(std::move(matrix.blocks));
        if (!matrix.shape_known) types = seen.types;
        stays = seen.in_order;
        if (!stays) matrix.blocks = opened<cooccurrence>(std::make_unique<byte_reader>(path), format, options).blocks;
    }
    auto const unit = matrix.unit;
    if (stays) {
        expect_fits(types, " types", sums, 0, limit, file);
        return {static_cast<std::size_t>(types), unit, std::make_shared<streamed>(file, identity, format, options)};
    }
    bool const known = matrix.shape_known;
    auto entries = gathered(std::move(matrix), 0, limit, file);
    if (!known) types = types_of(entries);
    expect_fits(types, " types", sums, entries.size() * sizeof(cooccurrence), limit, file);
    return {static_cast<std::size_t>(types), unit, std::move(entries)};
}

csr<float> load_matrix(std::string const& path, load_matrix_options const& options) {
    auto const limit = resolve_memory(options.memory_bytes);
    auto in = std::make_unique<byte_reader>(path);
    auto const file = in->name();
    auto const format = options.format == matrix_format::automatic ? recognise(*in) : options.format;
    auto matrix = opened<matrix_value>(std::move(in), format, options);
    if (matrix.shape_known) expect_fits(matrix.rows, " rows", sizeof(std::uint64_t), 0, limit, file);
    if (matrix.in_order) return csr_of(std::move(matrix), limit, file);

    bool const known = matrix.shape_known;
    matrix_to_read<matrix_value> sorted{.rows = matrix.rows, .columns = matrix.columns};
    auto entries = gathered(std::move(matrix), sizeof(std::uint32_t) + sizeof(float), limit, file);
    if (!known) sorted.rows = sorted.columns = types_of(entries);
    expect_fits(sorted.rows, " rows", sizeof(std::uint64_t), entries.size() * 20, limit, file);
    sorted.most_entries = entries.size();
    sorted.blocks = as_one_block(std::move(entries));
    return csr_of(std::move(sorted), limit, file);
}
}
