module;
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import :cosines;

// The compiler makes vector instructions of these types, several for one where the machine has only narrower ones.
namespace wordmill::detail {
namespace {
template <std::size_t Lanes> using floats __attribute__((vector_size(Lanes * sizeof(float)))) = float;

template <std::size_t Lanes> [[gnu::always_inline]] inline void load(floats<Lanes>& to, float const* from) {
    std::memcpy(&to, from, sizeof to);
}

/// `Rows` rows with one block of `Lanes * Width` columns. Only unrolled do the sums stay in registers.
template <std::size_t Lanes, std::size_t Width, std::size_t Rows> [[gnu::always_inline]] inline void
tile(float const* rows, std::size_t dimension, float const* columns, float* scores, std::size_t stride) {
    floats<Lanes> sums[Rows][Width]{};
    for (std::size_t d = 0; d < dimension; ++d) {
        floats<Lanes> column[Width];
#pragma clang loop unroll(full)
        for (std::size_t w = 0; w < Width; ++w) load<Lanes>(column[w], columns + (d * Width + w) * Lanes);
#pragma clang loop unroll(full)
        for (std::size_t r = 0; r < Rows; ++r) {
            auto const value = rows[r * dimension + d];
#pragma clang loop unroll(full)
            for (std::size_t w = 0; w < Width; ++w) sums[r][w] += value * column[w];
        }
    }
#pragma clang loop unroll(full)
    for (std::size_t r = 0; r < Rows; ++r)
#pragma clang loop unroll(full)
        for (std::size_t w = 0; w < Width; ++w)
            std::memcpy(scores + r * stride + w * Lanes, &sums[r][w], sizeof sums[r][w]);
}

template <std::size_t Lanes, std::size_t Width, std::size_t Rows>
[[gnu::always_inline]] inline void block(float const* rows, std::size_t count, std::size_t dimension,
                                         float const* columns, float* scores, std::size_t stride) {
    std::size_t r = 0;
    for (; r + Rows <= count; r += Rows)
        tile<Lanes, Width, Rows>(rows + r * dimension, dimension, columns, scores + r * stride, stride);
    for (; r < count; ++r) tile<Lanes, Width, 1>(rows + r * dimension, dimension, columns, scores + r * stride, stride);
}

/// One query: four sums, so that the processor need not wait for one.
template <std::size_t Lanes> [[gnu::always_inline]] inline void single(float const* rows, std::size_t count,
                                                                       std::size_t dimension, float const* query,
                                                                       float* scores, std::size_t stride) {
    constexpr std::size_t parts = 4;
    for (std::size_t r = 0; r < count; ++r) {
        auto const row = rows + r * dimension;
        floats<Lanes> sums[parts]{};
        std::size_t d = 0;
        for (; d + parts * Lanes <= dimension; d += parts * Lanes)
            for (std::size_t p = 0; p < parts; ++p) {
                floats<Lanes> a, b;
                load<Lanes>(a, row + d + p * Lanes);
                load<Lanes>(b, query + d + p * Lanes);
                sums[p] += a * b;
            }
        for (; d + Lanes <= dimension; d += Lanes) {
            floats<Lanes> a, b;
            load<Lanes>(a, row + d);
            load<Lanes>(b, query + d);
            sums[0] += a * b;
        }
        auto const total = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        float sum = 0;
        for (std::size_t i = 0; i < Lanes; ++i) sum += total[i];
        for (; d < dimension; ++d) sum += row[d] * query[d];
        scores[r * stride] = sum;
    }
}

using product = void (*)(float const* rows, std::size_t count, std::size_t dimension, float const* columns,
                         float* scores, std::size_t stride);

void block_sse2(float const* rows, std::size_t count, std::size_t dimension, float const* columns, float* scores,
                std::size_t stride) {
    block<4, 2, 4>(rows, count, dimension, columns, scores, stride);
}
void single_sse2(float const* rows, std::size_t count, std::size_t dimension, float const* columns, float* scores,
                 std::size_t stride) {
    single<4>(rows, count, dimension, columns, scores, stride);
}
#ifdef __x86_64__
[[gnu::target("avx2,fma")]] void block_avx2(float const* rows, std::size_t count, std::size_t dimension,
                                            float const* columns, float* scores, std::size_t stride) {
    block<8, 2, 6>(rows, count, dimension, columns, scores, stride);
}
[[gnu::target("avx2,fma")]] void single_avx2(float const* rows, std::size_t count, std::size_t dimension,
                                             float const* columns, float* scores, std::size_t stride) {
    single<8>(rows, count, dimension, columns, scores, stride);
}
[[gnu::target("avx512f")]] void block_avx512(float const* rows, std::size_t count, std::size_t dimension,
                                             float const* columns, float* scores, std::size_t stride) {
    block<16, 2, 12>(rows, count, dimension, columns, scores, stride);
}
#endif

struct products {
    product block;
    product single;
    std::size_t width; ///< columns of a block
};

products best_products() {
#ifdef __x86_64__
    bool const avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (avx2 && __builtin_cpu_supports("avx512f")) return {block_avx512, single_avx2, 32};
    if (avx2) return {block_avx2, single_avx2, 16};
#endif
    return {block_sse2, single_sse2, 8};
}

products const& chosen() {
    static products const best = best_products();
    return best;
}
}

float scalar_product(float const* a, float const* b, std::size_t dimension) noexcept {
    float sum = 0;
    chosen().single(a, 1, dimension, b, &sum, 1);
    return sum;
}

query_panel::query_panel(std::size_t dimension) : dimension_(dimension), width_(chosen().width) {}

void query_panel::clear() {
    size_ = 0;
    columns_.clear();
}

void query_panel::add(std::span<float const> query) {
    expect(size_ < most && query.size() == dimension_, "query_panel: up to 64 queries of the same dimension");
    if (size_ % width_ == 0) columns_.resize(columns_.size() + dimension_ * width_);
    auto const first = columns_.data() + size_ / width_ * width_ * dimension_ + size_ % width_;
    for (std::size_t d = 0; d < dimension_; ++d) first[d * width_] = query[d];
    ++size_;
}

std::size_t query_panel::stride() const noexcept { return (size_ + width_ - 1) / width_ * width_; }

void query_panel::multiply(matrix_view<float const> rows, std::span<float> scores) const {
    expect(rows.columns == dimension_ && rows.stride == dimension_ && scores.size() >= rows.rows * stride(),
           "query_panel: rows without gaps, and room for the scores");
    if (size_ == 1) {
        std::vector<float> query(dimension_);
        for (std::size_t d = 0; d < dimension_; ++d) query[d] = columns_[d * width_];
        chosen().single(rows.data, rows.rows, dimension_, query.data(), scores.data(), stride());
        return;
    }
    for (std::size_t c = 0; c < stride(); c += width_)
        chosen().block(rows.data, rows.rows, dimension_, columns_.data() + c * dimension_, scores.data() + c, stride());
}
}
