module wordmill.stats:matrix_entries;
import :cooccurrence;
import :matrix_files;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// An entry of a matrix of values; `cooccurrence` is an entry of a matrix of weights. Wordmill's own files store both
/// exactly as they are in memory.
struct matrix_value {
    token_id row{};
    token_id column{};
    float value = 0;
};
static_assert(sizeof(cooccurrence) == 16 && sizeof(matrix_value) == 12);

template <class Entry> using entry_blocks = generator<std::span<Entry const>>;
inline constexpr std::size_t entries_at_once = 4096;

/// A number that rises in the order of entries.
template <class Entry> [[nodiscard]] constexpr std::uint64_t order_key(Entry const& e) noexcept {
    return std::uint64_t{index(e.row)} << 32 | index(e.column);
}

/// A matrix that is being written to a file; it can be streamed any number of times.
struct weights_to_write {
    using entry = cooccurrence;
    cooccurrence_counts const& counts;
    std::uint64_t vocabulary = 0;

    [[nodiscard]] inline std::uint64_t rows() const noexcept { return counts.size(); }
    [[nodiscard]] inline std::uint64_t columns() const noexcept { return counts.size(); }
    [[nodiscard]] inline std::uint64_t unit() const noexcept { return counts.unit(); }
    [[nodiscard]] inline std::uint64_t nonzeros() const { return counts.totals().nonzeros; }
    [[nodiscard, clang::coro_wrapper]] inline entry_blocks<entry> entries() const { return counts.entries(); }
};
struct values_to_write {
    using entry = matrix_value;
    csr_view<float const> matrix;
    std::uint64_t vocabulary = 0;

    [[nodiscard]] inline std::uint64_t rows() const noexcept { return matrix.rows; }
    [[nodiscard]] inline std::uint64_t columns() const noexcept { return matrix.columns; }
    [[nodiscard]] inline std::uint64_t unit() const noexcept { return 1; }
    [[nodiscard]] inline std::uint64_t nonzeros() const noexcept { return matrix.nonzeros(); }
    /// Checks the values and the order of columns.
    [[nodiscard, clang::coro_wrapper]] entry_blocks<entry> entries() const;
};

/// A matrix while it is read.
template <class Entry> struct matrix_to_read {
    std::uint64_t rows = 0;
    std::uint64_t columns = 0;
    bool shape_known = true; ///< if false, the shape follows from the largest id
    std::uint64_t unit = 1;
    std::optional<std::uint64_t> most_entries{}; ///< set when the claimed number agrees with the size of the file
    bool in_order = false;                       ///< the reader checks the order itself
    entry_blocks<Entry> blocks{};                ///< entries within the shape
};

/// Relative rounding errors for numbers of foreign files that become weights. A number becomes the nearest whole
/// multiple of 1 / unit if that is within the rounding error.
inline constexpr double double_rounding = 1e-9; ///< for sums of fractions
inline constexpr double float_rounding = 0x1p-24;
[[nodiscard]] inline std::optional<std::uint64_t> weight_of(double value, std::uint64_t unit,
                                                            double rounding) noexcept {
    double const scaled = value * static_cast<double>(unit);
    if (!(scaled >= 0 && scaled < 0x1p64)) return std::nullopt;
    double const whole = std::nearbyint(scaled);
    if (std::abs(scaled - whole) > rounding * scaled) return std::nullopt;
    return static_cast<std::uint64_t>(whole);
}
/// Returns false when the entry cannot hold the number.
[[nodiscard]] inline bool set_number(cooccurrence& e, double value, std::uint64_t unit, double rounding) noexcept {
    auto const weight = weight_of(value, unit, rounding);
    e.weight = weight.value_or(0);
    return weight.has_value();
}
[[nodiscard]] inline bool set_number(cooccurrence& e, std::uint64_t whole, std::uint64_t unit) noexcept {
    return !__builtin_mul_overflow(whole, unit, &e.weight);
}
[[nodiscard]] inline bool set_number(matrix_value& e, double value, std::uint64_t, double) noexcept {
    if (!(std::abs(value) < 0x1.ffffffp127)) return false; // numbers that round to infinity, and NaN
    e.value = static_cast<float>(value);
    return (e.value == 0) == (value == 0);
}
[[nodiscard]] inline bool set_number(matrix_value& e, std::uint64_t whole, std::uint64_t) noexcept {
    e.value = static_cast<float>(whole);
    return true;
}
[[nodiscard]] inline bool is_zero(cooccurrence const& e) noexcept { return e.weight == 0; }
[[nodiscard]] inline bool is_zero(matrix_value const& e) noexcept { return e.value == 0; }
/// The numbers that `set_number` accepts, in words, for messages.
template <class Entry> [[nodiscard]] std::string number_in_words(std::uint64_t unit);

/// Returns weight / unit, provided that the weight can be recovered from it exactly.
[[nodiscard]] double real_of(std::uint64_t weight, std::uint64_t unit);

/// More rows or columns than ids can number are a `failure::bad_data`.
void expect_numberable(std::uint64_t rows, std::uint64_t columns, place const& where);
/// `failure::resource` with both numbers when `count` times `each` plus `fixed` bytes exceed `limit`. The message names
/// `count` followed by `what`, as in "2 entries".
void expect_fits(std::uint64_t count, std::string_view what, std::uint64_t each, std::uint64_t fixed,
                 std::uint64_t limit, std::string const& file);

/// Collects all entries and sorts them. A pair that occurs twice is a `failure::bad_data`. `beside` is how many more
/// bytes the caller needs for each entry.
template <class Entry> [[nodiscard]] std::vector<Entry> gathered(matrix_to_read<Entry> from, std::uint64_t beside,
                                                                 std::uint64_t limit, std::string const& file);

// Writers do not commit. Readers start at the first byte of the file; they deliver nothing before the first increment.
template <class Matrix> void write_own(Matrix const& matrix, output_file& out);
template <class Matrix> void write_matrix_market(Matrix const& matrix, output_file& out);
template <class Matrix> void write_glove(Matrix const& matrix, output_file& out);
template <class Matrix> void write_npz(Matrix const& matrix, output_file& out);

template <class Entry>
[[nodiscard]] matrix_to_read<Entry> read_own(std::unique_ptr<byte_reader> in, load_matrix_options const& options);
template <class Entry> [[nodiscard]] matrix_to_read<Entry> read_matrix_market(std::unique_ptr<byte_reader> in,
                                                                              load_matrix_options const& options);
template <class Entry>
[[nodiscard]] matrix_to_read<Entry> read_glove(std::unique_ptr<byte_reader> in, load_matrix_options const& options);
template <class Entry>
[[nodiscard]] matrix_to_read<Entry> read_npz(std::unique_ptr<byte_reader> in, load_matrix_options const& options);

inline constexpr std::string_view own_magic = "WMMATRIX";
}
