#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_attention.hpp"
#include "wordmill/cuda/nn_elements.hpp"

namespace wordmill::cuda {
namespace {
__device__ std::size_t length_of(additive_attention const& of, std::size_t lane, std::size_t columns) {
    return of.lengths.data == nullptr || of.lengths.data[lane] > columns ? columns : of.lengths.data[lane];
}

constexpr unsigned warps_of_scores = 4; // of a block
/// A warp for each score.
__global__ void scores_kernel(additive_attention of, float_matrix scores) {
    auto const place = std::size_t{blockIdx.x} * warps_of_scores + threadIdx.x / 32;
    if (place >= scores.rows * scores.columns) return; // the whole warp
    auto const r = place / scores.columns, s = place % scores.columns, lane = r % of.lanes;
    float sum = 0;
    if (s < length_of(of, lane, scores.columns))
        for (std::size_t i = threadIdx.x % 32; i < of.vector.columns; i += 32)
            sum += of.vector.data[i] * tanhf(value_at(of.queries, r, i) + value_at(of.keys, s * of.lanes + lane, i));
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) value_at(scores, r, s) = sum;
}

/// The gradient of a value of a query, and what it adds to that of the vector.
struct query_gradients {
    additive_attention of;
    float_input d_scores;
    float_matrix d_queries, d_vectors;
    __device__ void operator()(std::size_t r, std::size_t i) const {
        auto const lane = r % of.lanes, length = length_of(of, lane, d_scores.columns);
        auto const v = of.vector.data[i], query = value_at(of.queries, r, i);
        float d_query = 0, d_vector = 0;
        for (std::size_t s = 0; s < length; ++s) {
            auto const d = value_at(d_scores, r, s), y = tanhf(query + value_at(of.keys, s * of.lanes + lane, i));
            d_query += d * v * (1 - y * y);
            d_vector += d * y;
        }
        value_at(d_queries, r, i) = d_query;
        value_at(d_vectors, r, i) = d_vector;
    }
};
struct key_gradients {
    additive_attention of;
    float_input d_scores;
    float_matrix d_keys;
    __device__ void operator()(std::size_t row, std::size_t i) const {
        auto const lane = row % of.lanes, s = row / of.lanes;
        if (s >= length_of(of, lane, d_scores.columns)) return;
        auto const v = of.vector.data[i], key = value_at(of.keys, row, i);
        float sum = 0;
        for (auto r = lane; r < d_scores.rows; r += of.lanes) {
            auto const y = tanhf(value_at(of.queries, r, i) + key);
            sum += value_at(d_scores, r, s) * v * (1 - y * y);
        }
        value_at(d_keys, row, i) += sum;
    }
};
}

void additive_scores(nn_device& nn, additive_attention const& of, float_matrix scores) {
    auto const count = scores.rows * scores.columns;
    if (count == 0) return;
    queue_on(nn, "additive attention", [&](queue& q) {
        auto const blocks = static_cast<unsigned>((count + warps_of_scores - 1) / warps_of_scores);
        check(launch(scores_kernel, {blocks, warps_of_scores * 32, 0, q.stream()}, of, scores), "additive attention");
    });
}
void additive_scores_backward(nn_device& nn, additive_attention const& of, float_input d_scores, float_matrix d_queries,
                              float_matrix d_keys, float beta, float_matrix d_vector) {
    queue_on(nn, "additive attention", [&](queue& q) {
        scratch<float> memory(q, of.queries.rows * of.queries.columns);
        float_matrix const d_vectors{memory.data(), of.queries.rows, of.queries.columns, of.queries.columns};
        for_places(nn, "additive attention", d_queries.rows, d_queries.columns,
                   query_gradients{of, d_scores, d_queries, d_vectors});
        for_places(nn, "additive attention", d_keys.rows, d_keys.columns, key_gradients{of, d_scores, d_keys});
        sum_rows(nn, d_vectors, beta, d_vector);
    });
}
}
