module;
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
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

namespace wordmill::detail {
namespace {
enum class kind : std::uint32_t { weights = 0, values = 1 };
template <class Entry> constexpr kind kind_of = std::is_same_v<Entry, cooccurrence> ? kind::weights : kind::values;

struct own_header {
    std::array<char, 8> magic{'W', 'M', 'M', 'A', 'T', 'R', 'I', 'X'};
    std::uint32_t version = 1;
    kind entries = kind::weights;
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    std::uint64_t unit = 1;
    std::uint64_t vocabulary = 0;
    std::uint64_t zero = 0;
    std::uint64_t checksum = 0; ///< of the bytes before it
};
struct own_footer {
    std::uint64_t entries = 0;
    std::uint64_t weights = 0;
    std::uint64_t checksum = 0; ///< of the file before it
};
static_assert(sizeof(own_header) == 64 && sizeof(own_footer) == 24 && std::endian::native == std::endian::little);

template <class T> std::string_view bytes_of(T const& value) {
    static_assert(std::has_unique_object_representations_v<T>);
    return {reinterpret_cast<char const*>(&value), sizeof value};
}
template <class Entry> std::string_view bytes_of(std::span<Entry const> entries) {
    return {reinterpret_cast<char const*>(entries.data()), entries.size_bytes()};
}

std::uint64_t checksum_of(own_header const& header) {
    return wordmill::checksum_of(&header, offsetof(own_header, checksum));
}

own_header read_header(byte_reader& in) {
    own_header header;
    in.read(&header, sizeof header, "the header");
    if (std::string_view(header.magic.data(), header.magic.size()) != own_magic)
        in.refuse("expected a matrix of Wordmill, found other first bytes");
    if (header.version > 1)
        in.refuse("expected a matrix of version 1, found version " + std::to_string(header.version),
                  "a newer Wordmill wrote it, or it is damaged");
    if (checksum_of(header) != header.checksum || header.version != 1 || header.entries > kind::values
        || header.unit == 0 || header.zero != 0)
        in.refuse("expected the header of a matrix, found a damaged one");
    expect_numberable(header.rows, header.columns, in.here());
    return header;
}

/// The number of entries that a file of known size has room for; the footer must agree with it.
std::optional<std::uint64_t> believed_entries(byte_reader const& in, std::uint64_t entry_bytes) {
    if (!in.plain()) return std::nullopt;
    auto const left = in.most_left();
    if (left < sizeof(own_footer) || (left - sizeof(own_footer)) % entry_bytes != 0)
        in.refuse("expected whole entries of " + std::to_string(entry_bytes) + " bytes and "
                  + std::to_string(sizeof(own_footer)) + " after them, but " + in.left_in_words());
    seekable_file const file(in.name());
    own_footer footer;
    std::span const into(reinterpret_cast<char*>(&footer), sizeof footer);
    auto const entries = (left - sizeof footer) / entry_bytes;
    if (file.bytes() < sizeof footer || file.read_at(file.bytes() - sizeof footer, into) != sizeof footer
        || footer.entries != entries)
        in.refuse("expected a footer that counts " + format_count(entries) + " entries, found "
                  + format_count(footer.entries) + ": the file is cut or damaged");
    return entries;
}

template <class Entry> bool is_right(Entry const& e, own_header const& header) {
    if (index(e.row) >= header.rows || index(e.column) >= header.columns) return false;
    if constexpr (std::is_same_v<Entry, cooccurrence>) {
        return e.weight != 0;
    } else {
        return std::isfinite(e.value);
    }
}

/// The checks and sums over a stream of entries, for both writing and reading.
template <class Entry> class running_totals {
public:
    explicit running_totals(own_header const& header) : header_(header) { sum_.add(bytes_of(header)); }

    /// The first entry that is out of order, out of the matrix or without a number; the size if there is none.
    [[nodiscard]] std::size_t add(std::span<Entry const> entries) {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            auto const& e = entries[i];
            auto const key = order_key(e);
            if (key < next_ || !is_right(e, header_)) return i;
            next_ = key + 1; // rows are below 2^32 - 1: it does not overflow
            if constexpr (std::is_same_v<Entry, cooccurrence>) footer_.weights = checked_sum(footer_.weights, e.weight);
        }
        sum_.add(bytes_of(entries));
        footer_.entries += entries.size();
        return entries.size();
    }
    [[nodiscard]] own_footer footer() {
        auto footer = footer_;
        sum_.add(bytes_of(footer).substr(0, offsetof(own_footer, checksum)));
        footer.checksum = sum_.value();
        return footer;
    }

private:
    own_header header_;
    checksum sum_{};
    own_footer footer_{};
    std::uint64_t next_ = 0;
};

template <class Entry> entry_blocks<Entry> stored_entries(std::unique_ptr<byte_reader> in, own_header header) {
    constexpr auto most = entries_at_once * sizeof(Entry);
    running_totals<Entry> totals(header);
    std::vector<Entry> block(entries_at_once);
    for (bool last = false; !last;) {
        auto const ahead = in->peek(most + sizeof(own_footer)).size();
        last = ahead < most + sizeof(own_footer);
        auto const size = std::max(ahead, sizeof(own_footer)) - sizeof(own_footer);
        if (ahead < sizeof(own_footer) || size % sizeof(Entry) != 0)
            in->refuse("expected whole entries and a footer: the file is cut or damaged");
        auto const first_byte = in->position();
        in->read(block.data(), size, "the entries");
        std::span<Entry const> const entries(block.data(), size / sizeof(Entry));
        auto const wrong = totals.add(entries);
        if (wrong < entries.size())
            throw error(failure::bad_data,
                        "expected entries in order, within the matrix, with finite values or weights above 0: the "
                        "file is damaged",
                        {.file = in->name(), .byte = first_byte + wrong * sizeof(Entry)});
        if (!entries.empty()) co_yield entries;
    }
    own_footer found;
    in->read(&found, sizeof found, "the footer");
    if (bytes_of(found) != bytes_of(totals.footer())) in->refuse("the checksum is wrong: the file is damaged");
}

entry_blocks<matrix_value> as_values(entry_blocks<cooccurrence> weights, std::uint64_t unit) {
    std::vector<matrix_value> block;
    for (auto const entries : weights) {
        block.clear();
        for (auto const& e : entries)
            block.push_back(
                {e.row, e.column, static_cast<float>(static_cast<double>(e.weight) / static_cast<double>(unit))});
        co_yield std::span<matrix_value const>(block);
    }
}
}

template <class Matrix> void write_own(Matrix const& matrix, output_file& out) {
    using entry = typename Matrix::entry;
    own_header header{.entries = kind_of<entry>,
                      .rows = matrix.rows(),
                      .columns = matrix.columns(),
                      .unit = matrix.unit(),
                      .vocabulary = matrix.vocabulary};
    header.checksum = checksum_of(header);
    out.write(bytes_of(header));
    running_totals<entry> totals(header);
    for (auto const entries : matrix.entries()) {
        expect(totals.add(entries) == entries.size(),
               "a matrix: entries out of order, outside of it, or without a weight");
        out.write(bytes_of(entries));
    }
    auto const footer = totals.footer();
    out.write(bytes_of(footer));
}

template <class Entry>
matrix_to_read<Entry> read_own(std::unique_ptr<byte_reader> in, load_matrix_options const& options) {
    auto const header = read_header(*in);
    if (options.vocabulary != 0 && header.vocabulary != 0 && options.vocabulary != header.vocabulary)
        in->refuse("expected a matrix of the vocabulary with the fingerprint " + std::to_string(options.vocabulary)
                   + ", found one of " + std::to_string(header.vocabulary));
    auto const entries =
        believed_entries(*in, header.entries == kind::weights ? sizeof(cooccurrence) : sizeof(matrix_value));
    matrix_to_read<Entry> found{
        .rows = header.rows, .columns = header.columns, .unit = header.unit, .most_entries = entries, .in_order = true};
    if constexpr (std::is_same_v<Entry, cooccurrence>) {
        if (header.entries != kind::weights)
            in->refuse("expected a matrix of co-occurrence weights, found one of real values");
        found.blocks = stored_entries<cooccurrence>(std::move(in), header);
    } else {
        found.blocks = header.entries == kind::values
                           ? stored_entries<matrix_value>(std::move(in), header)
                           : as_values(stored_entries<cooccurrence>(std::move(in), header), header.unit);
    }
    return found;
}

template void write_own(weights_to_write const&, output_file&);
template void write_own(values_to_write const&, output_file&);
template matrix_to_read<cooccurrence> read_own(std::unique_ptr<byte_reader>, load_matrix_options const&);
template matrix_to_read<matrix_value> read_own(std::unique_ptr<byte_reader>, load_matrix_options const&);
}
