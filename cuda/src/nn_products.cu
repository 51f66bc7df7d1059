#include "nn_kernels.hpp"
#include "wordmill/cuda/nn_products.hpp"
#include <climits>

namespace wordmill::cuda {
namespace {
/// An operand of the kernel: value (i, k) of lane b is data[b lane_step + i outer_step + k inner_step].
struct strided {
    float const* data;
    std::size_t lane_step;
    std::size_t outer_step;
    std::size_t inner_step;
};
struct product {
    strided a, b; // the outer index of b is a column of c
    float* c;
    std::size_t c_lane_step, c_stride;
    std::size_t m, k, n;
    float scale, beta;
    unsigned cut_bits = 0; // of the operands, which are rounded to the others
};

constexpr unsigned depth = 16;   // of the inner dimension that is in shared memory
constexpr unsigned threads = 16; // in each direction
template <unsigned Size> struct tile {
    float a[depth][Size + 1];
    float b[depth][Size + 1];
};

/// Rounds to the nearest even without the last `cut` bits.
__device__ float rounded(float x, unsigned cut) {
    if (cut == 0 || !isfinite(x)) return x;
    auto const bits = __float_as_uint(x), last = 1U << cut;
    auto const half = last / 2 - 1 + (bits >> cut & 1);
    return __uint_as_float((bits + half) & ~(last - 1));
}

/// Copies `Size` outer and `depth` inner values from (outer, inner) on, with zeros beyond the end. Consecutive threads
/// read consecutive values.
template <unsigned Size> __device__ void load(strided const& from, std::size_t lane, std::size_t outer,
                                              std::size_t inner, std::size_t outers, std::size_t inners, unsigned cut,
                                              float (&to)[depth][Size + 1]) {
    auto const thread = threadIdx.y * threads + threadIdx.x;
    bool const inner_first = from.inner_step == 1;
    for (unsigned i = thread; i < Size * depth; i += threads * threads) {
        auto const o = inner_first ? i / depth : i % Size, k = inner_first ? i % depth : i / Size;
        to[k][o] =
            outer + o < outers && inner + k < inners
                ? rounded(
                      from.data[lane * from.lane_step + (outer + o) * from.outer_step + (inner + k) * from.inner_step],
                      cut)
                : 0.0F;
    }
}

/// A block for each tile of c, [Size, Size]; a thread for every 16th row and column of it.
template <unsigned Size> __global__ void product_kernel(product p) {
    constexpr unsigned each = Size / threads;
    auto& shared = block_memory<tile<Size>>();
    auto const lane = std::size_t{blockIdx.z};
    auto const row = std::size_t{blockIdx.y} * Size, column = std::size_t{blockIdx.x} * Size;
    float sums[each][each] = {};
    for (std::size_t k = 0; k < p.k; k += depth) {
        load<Size>(p.a, lane, row, k, p.m, p.k, p.cut_bits, shared.a);
        load<Size>(p.b, lane, column, k, p.n, p.k, p.cut_bits, shared.b);
        __syncthreads();
        for (unsigned d = 0; d < depth; ++d)
            for (unsigned i = 0; i < each; ++i)
                for (unsigned j = 0; j < each; ++j)
                    sums[i][j] += shared.a[d][threadIdx.y + i * threads] * shared.b[d][threadIdx.x + j * threads];
        __syncthreads();
    }
    for (unsigned i = 0; i < each; ++i)
        for (unsigned j = 0; j < each; ++j) {
            auto const r = row + threadIdx.y + i * threads, c = column + threadIdx.x + j * threads;
            if (r >= p.m || c >= p.n) continue;
            auto& to = p.c[lane * p.c_lane_step + r * p.c_stride + c];
            to = p.beta == 0 ? p.scale * sums[i][j] : p.scale * sums[i][j] + p.beta * to;
        }
}
template <unsigned Size> void launch_tiles(queue& q, product const& p, std::size_t lanes) {
    dim3 const blocks(static_cast<unsigned>((p.n + Size - 1) / Size), static_cast<unsigned>((p.m + Size - 1) / Size),
                      static_cast<unsigned>(lanes));
    check(launch(product_kernel<Size>, {blocks, {threads, threads}, 0, q.stream()}, p), "product");
}

strided strided_of(operand const& x, std::size_t lanes, bool outer_is_row) {
    auto const row_step = x.matrix.stride * lanes;
    return outer_is_row ? strided{x.matrix.data, x.matrix.stride, row_step, 1}
                        : strided{x.matrix.data, x.matrix.stride, 1, row_step};
}
bool fits_blas(std::initializer_list<std::size_t> sizes) {
    return std::all_of(sizes.begin(), sizes.end(), [](auto size) { return size <= INT_MAX; });
}

/// The mantissa bits of fp32 that the type of the operands does not have.
unsigned cut_bits_of(product_precision precision) {
    return precision == product_precision::tf32 ? 13 : precision == product_precision::bf16 ? 16 : 0;
}
/// cuBLAS rounds the operands itself.
cublasComputeType_t computation_of(product_precision precision) {
    return precision == product_precision::tf32   ? CUBLAS_COMPUTE_32F_FAST_TF32
           : precision == product_precision::bf16 ? CUBLAS_COMPUTE_32F_FAST_16BF
                                                  : CUBLAS_COMPUTE_32F;
}

void multiply_by_kernel(nn_device& nn, std::size_t lanes, operand a, operand b, float scale, float beta, float_matrix c,
                        unsigned cut_bits) {
    auto const m = c.rows / lanes, k = a.transposed ? a.matrix.rows / lanes : a.matrix.columns;
    if (m * c.columns == 0) return;
    product const p{.a = strided_of(a, lanes, !a.transposed),
                    .b = strided_of(b, lanes, b.transposed),
                    .c = c.data,
                    .c_lane_step = c.stride,
                    .c_stride = c.stride * lanes,
                    .m = m,
                    .k = k,
                    .n = c.columns,
                    .scale = scale,
                    .beta = beta,
                    .cut_bits = cut_bits};
    queue_on(nn, "product", [&](queue& q) {
        constexpr std::size_t enough_blocks = 264; // of large tiles: two for each multiprocessor of a large GPU
        bool const large = m > 32 && c.columns > 32 && (m + 63) / 64 * ((c.columns + 63) / 64) * lanes >= enough_blocks;
        large ? launch_tiles<64>(q, p, lanes) : launch_tiles<32>(q, p, lanes);
    });
}
}

void multiply_lanes(nn_device& nn, std::size_t lanes, operand a, operand b, float scale, float beta, float_matrix c) {
    multiply_by_kernel(nn, lanes, a, b, scale, beta, c, 0);
}

void multiply(nn_device& nn, operand a, operand b, float beta, float_matrix c) {
    auto const k = a.transposed ? a.matrix.rows : a.matrix.columns;
    auto const precision = nn.of().options.products;
    auto* const library = nn.of().blas.get();
    if (library == nullptr || c.rows * c.columns == 0 || k == 0
        || !fits_blas({c.rows, c.columns, c.stride, k, a.matrix.stride, b.matrix.stride}))
        return multiply_by_kernel(nn, 1, a, b, 1, beta, c, cut_bits_of(precision));
    queue_on(nn, "product", [&](queue&) {
        auto const size = [](std::size_t x) { return static_cast<int>(x); };
        auto const form = [](operand const& x) { return x.transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
        float const one = 1;
        // cuBLAS takes matrices by columns: it sees the transpose of each, and computes that of c.
        check(blas().gemm(*library, form(b), form(a), size(c.columns), size(c.rows), size(k), &one, b.matrix.data,
                          CUDA_R_32F, size(b.matrix.stride), a.matrix.data, CUDA_R_32F, size(a.matrix.stride), &beta,
                          c.data, CUDA_R_32F, size(c.stride), computation_of(precision), CUBLAS_GEMM_DEFAULT),
              "product");
    });
}
}
