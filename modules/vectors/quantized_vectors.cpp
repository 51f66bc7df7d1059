module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#ifdef __x86_64__
#include <immintrin.h>
#endif
module wordmill.vectors;
import wordmill.core;
import wordmill.stream;
import :nearest;
import :quantized_vectors;
import :row_store;
import :scan;
import :word_vectors;

namespace wordmill {
namespace {
constexpr std::size_t row_bytes = 64; // a cache line
constexpr std::int32_t most_of_row = 127;
/// Sums of so many products cannot leave 32 bits when a question's values are at least -255 .. 255.
constexpr std::size_t most_dimensions = std::size_t{1} << 16;

struct rounded_query {
    std::vector<std::int16_t> values{}; ///< [stride], 0 after the dimension
    double scale = 0;                   ///< of a value
    double error = 0;                   ///< the length of what rounding took away
};

double largest_of(std::span<float const> row) {
    constexpr std::size_t lanes = 8; // for the compiler to compare side by side
    float largest[lanes]{};
    for (std::size_t d = 0; d < row.size(); ++d) {
        auto const size = std::abs(row[d]);
        largest[d % lanes] = largest[d % lanes] < size ? size : largest[d % lanes];
    }
    return static_cast<double>(*std::max_element(largest, largest + lanes));
}

rounded_query rounded(std::span<float const> query, std::size_t stride) {
    // 127 times the largest value times the number of values stays below 2^31.
    auto const most = std::min<std::size_t>(32767, std::numeric_limits<std::int32_t>::max() / (most_of_row * stride));
    rounded_query out{.values = std::vector<std::int16_t>(stride),
                      .scale = largest_of(query) / static_cast<double>(most)};
    double squares = 0;
    for (std::size_t d = 0; d < query.size(); ++d) {
        auto const x = static_cast<double>(query[d]);
        auto const value = std::round(x / out.scale);
        out.values[d] = static_cast<std::int16_t>(value);
        squares += (x - value * out.scale) * (x - value * out.scale);
    }
    out.error = std::sqrt(squares);
    return out;
}

using products = void (*)(std::int8_t const* rows, std::size_t count, std::size_t stride, std::int16_t const* query,
                          std::int32_t* sums);

void products_anywhere(std::int8_t const* rows, std::size_t count, std::size_t stride, std::int16_t const* query,
                       std::int32_t* sums) {
    for (std::size_t r = 0; r < count; ++r) {
        std::int32_t sum = 0;
        for (std::size_t d = 0; d < stride; ++d) sum += rows[r * stride + d] * query[d];
        sums[r] = sum;
    }
}
#ifdef __x86_64__
// Compilers make narrower instructions of the loop.
[[gnu::target("avx2")]] void products_avx2(std::int8_t const* rows, std::size_t count, std::size_t stride,
                                           std::int16_t const* query, std::int32_t* sums) {
    for (std::size_t r = 0; r < count; ++r, rows += stride) {
        __m256i parts[2]{};
        for (std::size_t d = 0; d < stride; d += 32)
            for (std::size_t i = 0; i < 2; ++i) {
                auto const at = d + 16 * i;
                auto const x = _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<__m128i const*>(rows + at)));
                auto const y = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(query + at));
                parts[i] = _mm256_add_epi32(parts[i], _mm256_madd_epi16(x, y));
            }
        std::int32_t lanes[8];
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(lanes), _mm256_add_epi32(parts[0], parts[1]));
        sums[r] = std::accumulate(lanes, lanes + 8, 0);
    }
}
[[gnu::target("avx512f,avx512bw")]] void products_avx512(std::int8_t const* rows, std::size_t count, std::size_t stride,
                                                         std::int16_t const* query, std::int32_t* sums) {
    for (std::size_t r = 0; r < count; ++r, rows += stride) {
        __m512i parts[2]{};
        for (std::size_t d = 0; d < stride; d += 64)
            for (std::size_t i = 0; i < 2; ++i) {
                auto const at = d + 32 * i;
                auto const x = _mm512_cvtepi8_epi16(_mm256_load_si256(reinterpret_cast<__m256i const*>(rows + at)));
                auto const y = _mm512_loadu_si512(query + at);
                parts[i] = _mm512_add_epi32(parts[i], _mm512_madd_epi16(x, y));
            }
        sums[r] = _mm512_reduce_add_epi32(_mm512_add_epi32(parts[0], parts[1]));
    }
}
#endif

products best_products() {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) return products_avx512;
    if (__builtin_cpu_supports("avx2")) return products_avx2;
#endif
    return products_anywhere;
}

/// Rows that may be among the best, by the best case of each.
struct possible_rows {
    detail::best_rows worst_cases;
    std::vector<detail::candidate> best_cases{};
    std::vector<std::int32_t> sums{};
    std::size_t prune_at = 4096;

    explicit possible_rows(std::size_t most) : worst_cases(most) {}

    /// A row whose best case reaches the worst cases.
    void offer(std::uint32_t row, float score, float error) {
        worst_cases.offer({score - error, row});
        best_cases.push_back({score + error, row});
        if (best_cases.size() < prune_at) return;
        prune();
        prune_at = std::max<std::size_t>(4096, 2 * best_cases.size());
    }
    void prune() {
        std::erase_if(best_cases, [least = worst_cases.least()](auto const& c) { return c.score < least; });
    }
    void add(possible_rows const& other) {
        for (auto const& c : other.worst_cases.found()) worst_cases.offer(c);
        best_cases.insert(best_cases.end(), other.best_cases.begin(), other.best_cases.end());
        prune();
    }
};
}

struct quantized_vectors::state {
    word_vectors vectors;
    std::size_t stride = 0;
    detail::row_store<std::int8_t> rows{}; ///< [V, stride]
    std::vector<float> scales{};           ///< of a row's values; 0 for a zero vector
    std::vector<float> errors{};           ///< at least the length of what rounding took from a row at length 1

    void round_row(std::size_t r);
    void look_at(detail::row_range range, detail::scan_query const& query, rounded_query const& rounded,
                 possible_rows& found) const;
    [[nodiscard]] std::vector<neighbour> search(detail::scan_query const& query, nearest_options const& options) const;
};

void quantized_vectors::state::round_row(std::size_t r) {
    auto const norm = static_cast<double>(vectors.norms()[r]);
    auto* const to = rows.data() + r * stride;
    std::fill_n(to, stride, std::int8_t{0});
    if (norm == 0) return;
    auto const row = vectors.row(id_at(r));
    auto const scale = static_cast<float>(largest_of(row) / norm / most_of_row * (1 + 1e-6)); // none is above the most
    auto const steps = 1 / (norm * static_cast<double>(scale));
    for (std::size_t d = 0; d < row.size(); ++d) {
        auto const value = static_cast<double>(row[d]) * steps;
        to[d] = static_cast<std::int8_t>(static_cast<int>(value + std::copysign(0.5, value)));
    }
    constexpr std::size_t lanes = 8; // for the compiler to add side by side
    double squares[lanes]{};
    for (std::size_t d = 0; d < row.size(); ++d) {
        auto const error = static_cast<double>(row[d]) / norm - static_cast<double>(scale) * to[d];
        squares[d % lanes] += error * error;
    }
    scales[r] = scale;
    errors[r] = static_cast<float>(std::sqrt(std::accumulate(squares, squares + lanes, 0.0)) * (1 + 1e-6));
}

void quantized_vectors::state::look_at(detail::row_range range, detail::scan_query const& query,
                                       rounded_query const& rounded, possible_rows& found) const {
    static products const multiply = best_products();
    constexpr std::size_t some = 64;
    found.sums.resize(some);
    for (auto first = range.first; first < range.last; first += some) {
        auto const count = std::min(some, range.last - first);
        multiply(rows.data() + first * stride, count, stride, rounded.values.data(), found.sums.data());
        for (std::size_t i = 0; i < count; ++i) {
            auto const r = first + i;
            auto const score = static_cast<float>(rounded.scale * found.sums[i]) * scales[r];
            // u x = s q t p + s q f + e x with |x| = 1 and |s q| <= 1 + |e|; the last term is for floats.
            auto const error = errors[r] + (1 + errors[r]) * static_cast<float>(rounded.error) + 1e-6F;
            auto const row = static_cast<std::uint32_t>(r);
            if (score + error >= found.worst_cases.least() && scales[r] != 0 && !left_out(query, row))
                found.offer(row, score, error);
        }
    }
}

std::vector<neighbour> quantized_vectors::state::search(detail::scan_query const& query,
                                                        nearest_options const& options) const {
    auto const count = options.max_words == 0 ? vectors.size() : std::min(vectors.size(), options.max_words);
    if (options.top == 0 || count == 0) return {};
    auto const rounded = wordmill::rounded(query.vectors[0], stride);
    auto const workers = reduce_blocks(
        detail::row_ranges(count), [&] { return possible_rows(std::min(options.top, count)); },
        [&](possible_rows& found, detail::row_range&& range) { look_at(range, query, rounded, found); },
        {.threads = detail::threads_for(options.threads, count)});
    possible_rows all(std::min(options.top, count));
    for (auto const& w : workers) all.add(w);
    return detail::neighbours(vectors, detail::exact_scores(vectors, query, all.best_cases, options.top));
}

quantized_vectors::quantized_vectors(word_vectors vectors, unsigned threads) {
    auto const made = std::make_shared<state>(std::move(vectors));
    auto const dimension = made->vectors.dimension();
    if (dimension > most_dimensions)
        throw error(failure::resource, "quantized vectors: expected at most " + std::to_string(most_dimensions)
                                           + " dimensions, found " + std::to_string(dimension));
    auto const count = made->vectors.size();
    made->stride = (dimension + row_bytes - 1) / row_bytes * row_bytes;
    made->rows.reallocate(std::max<std::size_t>(checked_product(count, made->stride), 1), 0);
    made->scales.resize(count);
    made->errors.resize(count);
    (void)reduce_blocks(
        detail::row_ranges(count), [] { return 0; },
        [&s = *made](int&, detail::row_range&& range) {
            for (auto r = range.first; r < range.last; ++r) s.round_row(r);
        },
        {.threads = detail::threads_for(threads, count)});
    state_ = made;
}

std::vector<neighbour> quantized_vectors::nearest(std::string_view word, nearest_options const& options) const {
    auto const id = state_->vectors.id(word);
    auto query = detail::unit_of(state_->vectors, id);
    if (!query) return {};
    return state_->search({{std::move(*query)}, detail::scan_query::kind::cosine, {id}}, options);
}

std::vector<neighbour> quantized_vectors::nearest(std::span<float const> to, nearest_options const& options) const {
    expect(to.size() == state_->vectors.dimension(), "nearest: a vector of the same dimension");
    auto query = detail::unit(std::vector<double>(to.begin(), to.end()));
    if (!query) return {};
    return state_->search({{std::move(*query)}, detail::scan_query::kind::cosine, {}}, options);
}

word_vectors const& quantized_vectors::vectors() const noexcept { return state_->vectors; }

std::size_t quantized_vectors::memory_bytes() const noexcept {
    return state_->vectors.size() * (state_->stride + 2 * sizeof(float));
}
}
