module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import :row_store;
import :subword_vectors;
import :word_table;
import :word_vectors;

namespace wordmill {
namespace {
/// Sums of squares of floats cannot overflow a double; not finite when a value is not.
double norm_of(std::span<float const> row) noexcept {
    constexpr std::size_t lanes = 8;
    double sums[lanes]{};
    std::size_t at = 0;
    for (; at + lanes <= row.size(); at += lanes)
        for (std::size_t i = 0; i < lanes; ++i) {
            auto const value = static_cast<double>(row[at + i]);
            sums[i] += value * value;
        }
    for (; at < row.size(); ++at) sums[0] += static_cast<double>(row[at]) * static_cast<double>(row[at]);
    double sum = 0;
    for (auto const s : sums) sum += s;
    return std::sqrt(sum);
}
}

struct word_vectors::tables {
    std::size_t dimension = 0;
    detail::row_store<float> rows;
    shared_matrix mapped; ///< instead of `rows` when it has any
    detail::word_table words;
    std::vector<float> norms;
    std::vector<std::uint64_t> counts;
    note_map notes;
    std::size_t repeated = 0;
    std::size_t zero_vectors = 0;
    std::size_t known = ~std::size_t{0}; ///< rows before those that are composed

    [[nodiscard]] float const* values() const noexcept { return mapped.view.rows > 0 ? mapped.view.data : rows.data(); }
};

word_vectors::word_vectors() : tables_(std::make_shared<tables>()) {}
word_vectors::word_vectors(std::shared_ptr<tables const> t) noexcept : tables_(std::move(t)) {}

word_vectors::word_vectors(std::span<std::string const> words, matrix_view<float const> rows,
                           std::span<std::uint64_t const> counts, note_map notes) {
    expect(words.size() == rows.rows, "word_vectors: as many words as rows");
    expect(counts.empty() || counts.size() == words.size(), "word_vectors: as many counts as words, or none");
    builder made(rows.columns);
    made.reserve(rows.rows);
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::ranges::copy(rows.row(i), made.room().begin());
        if (!made.add(words[i], counts.empty() ? 0 : counts[i]))
            throw error(failure::bad_data, "the word '" + words[i] + "' is there twice");
    }
    for (auto& [key, value] : notes) made.note(key, std::move(value));
    *this = std::move(made).finish();
}

std::optional<token_id> word_vectors::find(std::string_view word) const noexcept {
    auto const row = tables_->words.find(word);
    return row ? std::optional(id_at(*row)) : std::nullopt;
}

token_id word_vectors::id(std::string_view word) const { return detail::known_id(*this, word); }

std::string_view word_vectors::word(token_id id) const {
    expect(index(id) < size(), "word_vectors: id outside the table");
    return tables_->words[index(id)];
}
std::size_t word_vectors::size() const noexcept { return tables_->words.size(); }
std::size_t word_vectors::dimension() const noexcept { return tables_->dimension; }
matrix_view<float const> word_vectors::rows() const noexcept {
    return {tables_->values(), size(), dimension(), dimension()};
}
std::span<float const> word_vectors::row(token_id id) const {
    expect(index(id) < size(), "word_vectors: id outside the table");
    return rows().row(index(id));
}
std::span<float const> word_vectors::norms() const noexcept { return tables_->norms; }
std::span<std::uint64_t const> word_vectors::counts() const noexcept { return tables_->counts; }
note_map const& word_vectors::notes() const noexcept { return tables_->notes; }
std::size_t word_vectors::repeated() const noexcept { return tables_->repeated; }
std::size_t word_vectors::zero_vectors() const noexcept { return tables_->zero_vectors; }
std::size_t word_vectors::composed() const noexcept { return size() - std::min(size(), tables_->known); }

word_vectors word_vectors::with_subwords(subword_vectors subwords) const {
    if (subwords.any() && size() > 0 && subwords.rows().columns != dimension())
        throw error(failure::bad_data, "subwords: expected n-grams of " + format_count(dimension())
                                           + " dimensions, found " + format_count(subwords.rows().columns));
    auto with = *this;
    with.subwords_ = std::move(subwords);
    return with;
}

word_vectors::builder::builder(std::size_t dimension, std::uint64_t memory_bytes)
    : tables_(std::make_shared<tables>()),
      memory_bytes_(memory_bytes == 0 ? read_machine_limits().memory_bytes : memory_bytes) {
    expect(dimension > 0, "word_vectors: dimension must be positive");
    tables_->dimension = dimension;
}
word_vectors::builder::builder(builder&&) noexcept = default;
word_vectors::builder& word_vectors::builder::operator=(builder&&) noexcept = default;
word_vectors::builder::~builder() = default;

void word_vectors::builder::begin_composed() noexcept { tables_->known = tables_->words.size(); }

void word_vectors::builder::check(std::uint64_t rows) const {
    constexpr std::uint64_t beside = 32; // a row's norm, count, place in the hash table and a short word
    auto const row_bytes = checked_product(tables_->dimension, sizeof(float)) + beside;
    std::uint64_t bytes = 0;
    bool const overflows = __builtin_mul_overflow(rows, row_bytes, &bytes);
    if (!overflows && bytes <= memory_bytes_) return;
    throw error(failure::resource, "vectors of " + format_count(rows) + " words and " + format_count(tables_->dimension)
                                       + " dimensions need "
                                       + (overflows ? "more than 2^64 bytes" : format_bytes(bytes)) + ", the limit is "
                                       + format_bytes(memory_bytes_));
}

void word_vectors::builder::reserve(std::size_t rows) {
    auto& t = *tables_;
    auto const values = checked_product(rows, t.dimension);
    if (values <= t.rows.capacity()) return;
    check(rows);
    t.rows.reallocate(values, std::max(rooms_, t.words.size()) * t.dimension);
    t.norms.reserve(rows);
    t.counts.reserve(rows);
}

void word_vectors::builder::map(shared_matrix rows) {
    expect(tables_->words.size() == 0 && rows.view.columns == tables_->dimension
               && rows.view.stride == rows.view.columns,
           "word_vectors: mapped rows are the first ones, and without gaps");
    rooms_ = rows.view.rows;
    tables_->mapped = std::move(rows);
}

std::span<float> word_vectors::builder::room(std::size_t rows) {
    auto& t = *tables_;
    next_ = t.words.size();
    auto const wanted = next_ + rows;
    if (checked_product(wanted, t.dimension) > t.rows.capacity())
        reserve(std::max(wanted, t.rows.capacity() / t.dimension * 2));
    rooms_ = wanted;
    return {t.rows.data() + next_ * t.dimension, rows * t.dimension};
}

bool word_vectors::builder::add(std::string_view word, std::uint64_t count, place const& where) {
    switch (try_add(word, count)) {
    case addition::kept: return true;
    case addition::repeated: return false;
    case addition::no_word: throw error(failure::bad_data, "expected a word, found an empty one", where);
    case addition::not_finite: break;
    }
    throw error(failure::bad_data,
                "the vector of '" + std::string(word) + "' holds values that are not finite, or too large", where);
}

word_vectors::builder::addition word_vectors::builder::try_add(std::string_view word, std::uint64_t count) {
    auto& t = *tables_;
    auto const kept = t.words.size();
    std::span const from(t.values() + next_ * t.dimension, t.dimension);
    leave_out();
    auto const norm = norm_of(from);
    if (!(norm <= std::numeric_limits<float>::max())) return addition::not_finite;
    if (word.empty()) return addition::no_word;
    if (kept == 0xffffffff) throw error(failure::bad_data, "expected fewer than 2^32 words");
    if (!t.words.add(word)) {
        ++t.repeated;
        return addition::repeated;
    }
    if (t.values() + kept * t.dimension != from.data()) {
        if (t.mapped.view.rows > 0)
            throw error(failure::bad_data,
                        "a row before that of '" + std::string(word) + "' is left out, which mapped rows cannot be", {},
                        "load the file without mapping it");
        std::memmove(t.rows.data() + kept * t.dimension, from.data(), from.size_bytes());
    }
    bool const zero = norm < static_cast<double>(std::numeric_limits<float>::min());
    t.norms.push_back(zero ? 0.0F : static_cast<float>(norm));
    t.counts.push_back(count);
    t.zero_vectors += zero ? 1 : 0;
    return addition::kept;
}

void word_vectors::builder::leave_out() {
    expect(next_ < rooms_, "word_vectors: a row is filled before it is named");
    ++next_;
}

void word_vectors::builder::note(std::string key, std::string value) {
    tables_->notes.insert_or_assign(std::move(key), std::move(value));
}
std::size_t word_vectors::builder::size() const noexcept { return tables_->words.size(); }

word_vectors word_vectors::builder::finish() && {
    auto& counts = tables_->counts;
    if (std::ranges::all_of(counts, [](auto count) { return count == 0; })) counts = {};
    return word_vectors(std::shared_ptr<tables const>(std::exchange(tables_, nullptr)));
}
}
