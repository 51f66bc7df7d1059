#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_transformer.hpp"

// Multi-head attention by tiles (Dao et al. 2022). A block has a tile of 32 queries, or of 32 keys, of one head of one
// lane, each of its warps four of these; it reads the other side tile by tile into shared memory. Lanes of a warp stand
// for the 32 rows of that tile, and later for the columns of a head.
namespace wordmill::cuda {
namespace {
constexpr unsigned tile_rows = 32; // a lane of a warp for each
constexpr unsigned rows_of_warp = 4;
constexpr unsigned warps = tile_rows / rows_of_warp;

/// A head of one lane, of a matrix whose rows are `step` apart.
template <class T> struct head_rows {
    T* data;
    std::size_t step;
    __device__ T* row(std::size_t r) const { return data + r * step; }
};
template <class T> __device__ head_rows<T> head_of(device_matrix<T> const& m, std::size_t lanes, std::size_t column) {
    return {m.data + blockIdx.z * m.stride + column, lanes * m.stride};
}

/// What the threads of a block share: the head and lane of blockIdx.y and blockIdx.z.
struct head_place {
    std::size_t size, first, queries, keys; // columns of a head, its first column; rows of the lane
    float scale;
    __device__ explicit head_place(multi_head_pass const& p)
        : size(p.queries.columns / p.heads),
          first(blockIdx.y * size),
          queries(p.queries.rows / p.lanes),
          keys(p.keys.rows / p.lanes),
          scale(1 / sqrtf(static_cast<float>(size))) {
        if (p.lengths.data != nullptr && p.lengths.data[blockIdx.z] < keys) keys = p.lengths.data[blockIdx.z];
    }
};
/// The number of keys that query n sees.
__device__ std::size_t seen_by(multi_head_pass const& p, std::size_t keys, std::size_t n) {
    return p.causal && n + p.offset + 1 < keys ? n + p.offset + 1 : keys;
}

/// Copies up to 32 rows to shared memory, with zeros for those from `end` on. Rows of the copy are size + 1 apart, so
/// that lanes that read one column of all rows read different banks.
__device__ void load_rows(head_rows<float const> from, std::size_t first, std::size_t end, std::size_t size,
                          float* to) {
    for (auto i = std::size_t{threadIdx.x}; i < tile_rows * size; i += blockDim.x) {
        auto const r = i / size, c = i % size;
        to[r * (size + 1) + c] = first + r < end ? from.row(first + r)[c] : 0.0F;
    }
}
/// Copies a tile of each of two matrices when no thread of the block reads the tiles before any more.
__device__ void load_tiles(head_rows<float const> one, head_rows<float const> other, std::size_t first, std::size_t end,
                           std::size_t size, float* tile_of_one, float* tile_of_other) {
    __syncthreads();
    load_rows(one, first, end, size, tile_of_one);
    load_rows(other, first, end, size, tile_of_other);
    __syncthreads();
}
/// The products of `Rows` rows with the row of a tile that belongs to this lane.
template <unsigned Rows> __device__ void dot_rows(head_rows<float const> rows, std::size_t first, std::size_t end,
                                                  float const* tile_row, std::size_t size, float (&dots)[Rows]) {
    for (auto& dot : dots) dot = 0;
    for (std::size_t c = 0; c < size; ++c) {
        float const other = tile_row[c];
        for (unsigned i = 0; i < Rows; ++i)
            if (first + i < end) dots[i] += rows.row(first + i)[c] * other;
    }
}
/// sums[i] += the sum over the rows j of a tile of x[i] of lane j times the row; this lane has every 32nd column.
template <unsigned Columns> __device__ void add_weighted(float const (&x)[rows_of_warp], float const* tile,
                                                         std::size_t size, float (&sums)[rows_of_warp][Columns]) {
    unsigned const lane = threadIdx.x % 32;
    for (unsigned j = 0; j < tile_rows; ++j) {
        float weights[rows_of_warp];
        for (unsigned i = 0; i < rows_of_warp; ++i) weights[i] = __shfl_sync(whole_warp, x[i], static_cast<int>(j));
        for (unsigned c = 0; c < Columns; ++c) {
            auto const column = lane + 32 * c;
            if (column >= size) break;
            float const value = tile[j * (size + 1) + column];
            for (unsigned i = 0; i < rows_of_warp; ++i) sums[i][c] += weights[i] * value;
        }
    }
}
template <unsigned Columns> __device__ void store_rows(float const (&sums)[rows_of_warp][Columns],
                                                       float const (&factors)[rows_of_warp], head_rows<float> to,
                                                       std::size_t first, std::size_t end, std::size_t size) {
    for (unsigned i = 0; i < rows_of_warp; ++i)
        for (unsigned c = 0; c < Columns; ++c) {
            auto const column = threadIdx.x % 32 + 32 * c;
            if (first + i < end && column < size) to.row(first + i)[column] = factors[i] * sums[i][c];
        }
}

template <unsigned Columns> __global__ void forward_kernel(multi_head_pass p) {
    head_place const at(p);
    unsigned const lane = threadIdx.x % 32;
    auto const tile_first = std::size_t{blockIdx.x} * tile_rows;
    auto const first = tile_first + threadIdx.x / 32 * rows_of_warp;
    auto* const keys = dynamic_block_memory<float>();
    auto* const values = keys + tile_rows * (at.size + 1);
    auto const queries = head_of(p.queries, p.lanes, at.first);
    float most[rows_of_warp], total[rows_of_warp] = {}, sums[rows_of_warp][Columns] = {};
    for (auto& one : most) one = -INFINITY;
    auto const limit = seen_by(p, at.keys, tile_first + tile_rows - 1);
    for (std::size_t k = 0; k < limit; k += tile_rows) {
        load_tiles(head_of(p.keys, p.lanes, at.first), head_of(p.values, p.lanes, at.first), k, at.keys, at.size, keys,
                   values);
        float x[rows_of_warp];
        dot_rows(queries, first, at.queries, keys + lane * (at.size + 1), at.size, x);
        for (unsigned i = 0; i < rows_of_warp; ++i) {
            bool const sees = k + lane < seen_by(p, at.keys, first + i);
            float const score = sees ? at.scale * x[i] : -INFINITY;
            float const now = fmaxf(most[i], warp_max(score));
            float const factor = now == most[i] ? 1.0F : expf(most[i] - now);
            x[i] = sees ? expf(score - now) : 0.0F;
            total[i] = total[i] * factor + warp_sum(x[i]);
            most[i] = now;
            for (auto& sum : sums[i]) sum *= factor;
        }
        add_weighted(x, values, at.size, sums);
    }
    float factors[rows_of_warp];
    for (unsigned i = 0; i < rows_of_warp; ++i) {
        factors[i] = total[i] > 0 ? 1 / total[i] : 0.0F;
        if (lane == 0 && first + i < at.queries)
            value_at(p.log_sums, (first + i) * p.lanes + blockIdx.z, blockIdx.y) =
                total[i] > 0 ? most[i] + logf(total[i]) : 0.0F;
    }
    store_rows(sums, factors, head_of(p.outputs, p.lanes, at.first), first, at.queries, at.size);
}

/// The gradients of the queries. Also writes the mean of the gradients of the weights of each query and head, by these
/// weights, [N B, heads], for the gradients of the keys.
template <unsigned Columns>
__global__ void query_gradients_kernel(multi_head_pass p, multi_head_gradients d, float_matrix means) {
    head_place const at(p);
    unsigned const lane = threadIdx.x % 32;
    auto const tile_first = std::size_t{blockIdx.x} * tile_rows;
    auto const first = tile_first + threadIdx.x / 32 * rows_of_warp;
    auto* const keys = dynamic_block_memory<float>();
    auto* const values = keys + tile_rows * (at.size + 1);
    auto const queries = head_of(p.queries, p.lanes, at.first), d_outputs = head_of(d.outputs, p.lanes, at.first);
    auto const outputs = head_of(p.outputs, p.lanes, at.first);
    float mean[rows_of_warp], log_sum[rows_of_warp], sums[rows_of_warp][Columns] = {};
    for (unsigned i = 0; i < rows_of_warp; ++i) {
        bool const present = first + i < at.queries;
        float dot = 0;
        if (present)
            for (std::size_t c = lane; c < at.size; c += 32)
                dot += outputs.row(first + i)[c] * d_outputs.row(first + i)[c];
        mean[i] = warp_sum(dot);
        auto const row = (first + i) * p.lanes + blockIdx.z;
        log_sum[i] = present ? value_at(p.log_sums, row, blockIdx.y) : 0.0F;
        if (present && lane == 0) value_at(means, row, blockIdx.y) = mean[i];
    }
    auto const limit = seen_by(p, at.keys, tile_first + tile_rows - 1);
    for (std::size_t k = 0; k < limit; k += tile_rows) {
        load_tiles(head_of(p.keys, p.lanes, at.first), head_of(p.values, p.lanes, at.first), k, at.keys, at.size, keys,
                   values);
        float x[rows_of_warp], d_weights[rows_of_warp];
        dot_rows(queries, first, at.queries, keys + lane * (at.size + 1), at.size, x);
        dot_rows(d_outputs, first, at.queries, values + lane * (at.size + 1), at.size, d_weights);
        for (unsigned i = 0; i < rows_of_warp; ++i) {
            bool const sees = k + lane < seen_by(p, at.keys, first + i);
            x[i] = sees ? expf(at.scale * x[i] - log_sum[i]) * (d_weights[i] - mean[i]) : 0.0F;
        }
        add_weighted(x, keys, at.size, sums);
    }
    float const factors[rows_of_warp] = {at.scale, at.scale, at.scale, at.scale};
    store_rows(sums, factors, head_of(d.queries, p.lanes, at.first), first, at.queries, at.size);
}

/// The gradients of keys and values: a warp has four keys, and lanes stand for queries.
template <unsigned Columns>
__global__ void key_gradients_kernel(multi_head_pass p, multi_head_gradients d, float_input means) {
    head_place const at(p);
    unsigned const lane = threadIdx.x % 32;
    auto const tile_first = std::size_t{blockIdx.x} * tile_rows;
    auto const first = tile_first + threadIdx.x / 32 * rows_of_warp;
    auto* const queries = dynamic_block_memory<float>();
    auto* const d_outputs = queries + tile_rows * (at.size + 1);
    auto const keys = head_of(p.keys, p.lanes, at.first), values = head_of(p.values, p.lanes, at.first);
    float of_keys[rows_of_warp][Columns] = {}, of_values[rows_of_warp][Columns] = {};
    for (std::size_t n = 0; n < at.queries && tile_first < at.keys; n += tile_rows) {
        if (tile_first >= seen_by(p, at.keys, n + tile_rows - 1)) continue; // no query of the tile sees one of the keys
        load_tiles(head_of(p.queries, p.lanes, at.first), head_of(d.outputs, p.lanes, at.first), n, at.queries, at.size,
                   queries, d_outputs);
        auto const row = (n + lane) * p.lanes + blockIdx.z;
        bool const present = n + lane < at.queries;
        float const log_sum = present ? value_at(p.log_sums, row, blockIdx.y) : 0.0F;
        float const mean = present ? value_at(means, row, blockIdx.y) : 0.0F;
        auto const seen = present ? seen_by(p, at.keys, n + lane) : 0;
        float x[rows_of_warp], d_weights[rows_of_warp];
        dot_rows(keys, first, at.keys, queries + lane * (at.size + 1), at.size, x);
        dot_rows(values, first, at.keys, d_outputs + lane * (at.size + 1), at.size, d_weights);
        float weights[rows_of_warp];
        for (unsigned i = 0; i < rows_of_warp; ++i) {
            weights[i] = first + i < seen ? expf(at.scale * x[i] - log_sum) : 0.0F;
            x[i] = weights[i] * (d_weights[i] - mean);
        }
        add_weighted(weights, d_outputs, at.size, of_values);
        add_weighted(x, queries, at.size, of_keys);
    }
    float const scales[rows_of_warp] = {at.scale, at.scale, at.scale, at.scale};
    float const ones[rows_of_warp] = {1, 1, 1, 1};
    auto const end = p.keys.rows / p.lanes; // keys beyond the end of the lane have gradients of 0
    store_rows(of_keys, scales, head_of(d.keys, p.lanes, at.first), first, end, at.size);
    store_rows(of_values, ones, head_of(d.values, p.lanes, at.first), first, end, at.size);
}

struct weighing {
    multi_head_pass p;
    std::size_t head;
    float_matrix weights;
    __device__ void operator()(std::size_t r, std::size_t key) const {
        auto const lane = r % p.lanes, size = p.queries.columns / p.heads;
        auto keys = p.keys.rows / p.lanes;
        if (p.lengths.data != nullptr && p.lengths.data[lane] < keys) keys = p.lengths.data[lane];
        float dot = 0;
        bool const sees = key < seen_by(p, keys, r / p.lanes);
        for (auto c = head * size; sees && c < (head + 1) * size; ++c)
            dot += value_at(p.queries, r, c) * value_at(p.keys, key * p.lanes + lane, c);
        value_at(weights, r, key) =
            sees ? expf(dot / sqrtf(static_cast<float>(size)) - value_at(p.log_sums, r, head)) : 0.0F;
    }
};

/// Launches one of four versions of a kernel, whose lanes have one, two, four or eight columns of a head, with a block
/// for each tile of `rows` of each head and lane.
template <class... P> void launch_tiles(nn_device& nn, multi_head_pass const& p, std::size_t rows, void (*one)(P...),
                                        void (*two)(P...), void (*four)(P...), void (*eight)(P...),
                                        std::type_identity_t<P>... arguments) {
    if (rows == 0) return;
    auto const size = p.queries.columns / p.heads;
    auto* const kernel = size <= 32 ? one : size <= 64 ? two : size <= 128 ? four : eight;
    dim3 const blocks(static_cast<unsigned>((rows + tile_rows - 1) / tile_rows), static_cast<unsigned>(p.heads),
                      static_cast<unsigned>(p.lanes));
    queue_on(nn, "attention", [&](queue& q) {
        check(
            launch(kernel, {blocks, warps * 32, 2 * tile_rows * (size + 1) * sizeof(float), q.stream()}, arguments...),
            "attention");
    });
}
}

void multi_head_forward(nn_device& nn, multi_head_pass const& p) {
    launch_tiles(nn, p, p.queries.rows / p.lanes, forward_kernel<1>, forward_kernel<2>, forward_kernel<4>,
                 forward_kernel<8>, p);
}
void multi_head_backward(nn_device& nn, multi_head_pass const& p, multi_head_gradients const& d) {
    queue_on(nn, "attention", [&](queue& q) {
        array<float> memory(q, p.queries.rows * p.heads);
        float_matrix const means{memory.data(), p.queries.rows, p.heads, p.heads};
        launch_tiles(nn, p, p.queries.rows / p.lanes, query_gradients_kernel<1>, query_gradients_kernel<2>,
                     query_gradients_kernel<4>, query_gradients_kernel<8>, p, d, means);
        launch_tiles(nn, p, p.keys.rows / p.lanes, key_gradients_kernel<1>, key_gradients_kernel<2>,
                     key_gradients_kernel<4>, key_gradients_kernel<8>, p, d, means);
    });
}
void multi_head_weights(nn_device& nn, multi_head_pass const& p, std::size_t head, float_matrix weights) {
    for_places(nn, "attention weights", weights.rows, weights.columns, weighing{p, head, weights});
}
}
