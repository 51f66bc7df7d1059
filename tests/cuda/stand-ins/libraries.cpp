// Replaces cuBLAS and cuSPARSE, column-major and row-major like them: the functions that are used, by plain loops that
// sum in double. Also replaces library.cpp, which loads the real ones.
#include "../emulator/emulator.hpp"
#include "library.hpp"
#include "recurrent_layers.hpp"
#include "wordmill/cuda/error.hpp"
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <cublas_api.h>
#include <cusparse.h>

struct cublasContext {
    cudaStream_t stream = nullptr;
};
struct cusparseContext {
    cudaStream_t stream = nullptr;
};
struct cusparseSpMatDescr {
    std::int64_t rows;
    void const *offsets, *columns;
    float const* values;
    bool wide;
};
struct cusparseDnMatDescr {
    std::int64_t columns, stride;
    float* values;
};

namespace {
/// Rounds to the nearest even of so many significant bits, by arithmetic instead of by bits. 0: does not round.
double rounded(double x, int bits) {
    if (bits == 0 || !std::isfinite(x)) return x;
    int exponent = 0;
    auto const mantissa = std::frexp(x, &exponent);
    return std::ldexp(std::nearbyint(std::ldexp(mantissa, bits)), exponent - bits);
}
template <class T> void multiply(bool turned_a, bool turned_b, int m, int n, int k, T alpha, T const* a,
                                 std::ptrdiff_t lda, T const* b, std::ptrdiff_t ldb, T beta, T* c, std::ptrdiff_t ldc,
                                 int bits = 0) {
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < m; ++i) {
            double sum = 0;
            for (int l = 0; l < k; ++l)
                sum += rounded(static_cast<double>(turned_a ? a[i * lda + l] : a[l * lda + i]), bits)
                       * rounded(static_cast<double>(turned_b ? b[l * ldb + j] : b[j * ldb + l]), bits);
            T& to = c[j * ldc + i];
            to = static_cast<T>(static_cast<double>(alpha) * sum + (beta == 0 ? 0 : static_cast<double>(beta * to)));
        }
}
template <class Index>
void multiply(cusparseSpMatDescr a, float alpha, cusparseDnMatDescr x, float beta, cusparseDnMatDescr y) {
    auto const* const offsets = static_cast<Index const*>(a.offsets);
    auto const* const columns = static_cast<Index const*>(a.columns);
    for (std::int64_t r = 0; r < a.rows; ++r)
        for (std::int64_t c = 0; c < x.columns; ++c) {
            double sum = 0;
            for (auto e = offsets[r]; e < offsets[r + 1]; ++e)
                sum += static_cast<double>(a.values[e]) * static_cast<double>(x.values[columns[e] * x.stride + c]);
            float& to = y.values[r * y.stride + c];
            to = alpha * static_cast<float>(sum) + (beta == 0 ? 0 : beta * to);
        }
}
/// `failed` is the status of a launch that fails.
template <class Status, class Work> Status queue(cudaStream_t stream, Status failed, Work work) {
    auto const code = emulator::enqueue(stream, [work] { return work(), std::string(); });
    return code == cudaSuccess ? Status{} : failed;
}
float value(void const* x) { return *static_cast<float const*>(x); }
}

extern "C" {
cublasStatus_t cublasCreate_v2(cublasHandle_t* h) { return *h = new cublasContext, CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasDestroy_v2(cublasHandle_t h) { return delete h, CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetStream_v2(cublasHandle_t h, cudaStream_t s) { return h->stream = s, CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void*, std::size_t) { return CUBLAS_STATUS_SUCCESS; }
char const* cublasGetStatusString(cublasStatus_t) { return "execution failed"; }
cublasStatus_t cublasSgemm_v2(cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,
                              float const* alpha, float const* a, int lda, float const* b, int ldb, float const* beta,
                              float* c, int ldc) {
    return queue(h->stream, CUBLAS_STATUS_EXECUTION_FAILED, [=, alpha = *alpha, beta = *beta] {
        multiply(op_a != CUBLAS_OP_N, op_b != CUBLAS_OP_N, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    });
}
/// cublasGemmEx, of which the header has a second one for old code.
cublasStatus_t gemm_ex(cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,
                       void const* alpha, void const* a, cudaDataType, int lda, void const* b, cudaDataType, int ldb,
                       void const* beta, void* c, cudaDataType, int ldc, cublasComputeType_t computation,
                       cublasGemmAlgo_t) {
    int const bits = computation == CUBLAS_COMPUTE_32F_FAST_TF32   ? 11
                     : computation == CUBLAS_COMPUTE_32F_FAST_16BF ? 8
                                                                   : 0;
    return queue(h->stream, CUBLAS_STATUS_EXECUTION_FAILED, [=, alpha = value(alpha), beta = value(beta)] {
        multiply(op_a != CUBLAS_OP_N, op_b != CUBLAS_OP_N, m, n, k, alpha, static_cast<float const*>(a), lda,
                 static_cast<float const*>(b), ldb, beta, static_cast<float*>(c), ldc, bits);
    });
}
cublasStatus_t cublasDgemmStridedBatched(cublasHandle_t h, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n,
                                         int k, double const* alpha, double const* a, int lda, long long next_a,
                                         double const* b, int ldb, long long next_b, double const* beta, double* c,
                                         int ldc, long long next_c, int count) {
    return queue(h->stream, CUBLAS_STATUS_EXECUTION_FAILED, [=, alpha = *alpha, beta = *beta] {
        for (int i = 0; i < count; ++i)
            multiply(op_a != CUBLAS_OP_N, op_b != CUBLAS_OP_N, m, n, k, alpha, a + i * next_a, lda, b + i * next_b, ldb,
                     beta, c + i * next_c, ldc);
    });
}

cusparseStatus_t cusparseCreate(cusparseHandle_t* h) { return *h = new cusparseContext, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseDestroy(cusparseHandle_t h) { return delete h, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseSetStream(cusparseHandle_t h, cudaStream_t s) {
    return h->stream = s, CUSPARSE_STATUS_SUCCESS;
}
char const* cusparseGetErrorString(cusparseStatus_t) { return "execution failed"; }
cusparseStatus_t cusparseCreateConstCsr(cusparseConstSpMatDescr_t* a, std::int64_t rows, std::int64_t, std::int64_t,
                                        void const* offsets, void const* columns, void const* values,
                                        cusparseIndexType_t type, cusparseIndexType_t, cusparseIndexBase_t,
                                        cudaDataType) {
    *a = new cusparseSpMatDescr{rows, offsets, columns, static_cast<float const*>(values), type == CUSPARSE_INDEX_64I};
    return CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t a) { return delete a, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseCreateDnMat(cusparseDnMatDescr_t* x, std::int64_t, std::int64_t columns, std::int64_t stride,
                                     void* values, cudaDataType, cusparseOrder_t) {
    *x = new cusparseDnMatDescr{columns, stride, static_cast<float*>(values)};
    return CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t x) { return delete x, CUSPARSE_STATUS_SUCCESS; }
cusparseStatus_t cusparseSpMM_bufferSize(cusparseHandle_t, cusparseOperation_t, cusparseOperation_t, void const*,
                                         cusparseConstSpMatDescr_t, cusparseConstDnMatDescr_t, void const*,
                                         cusparseDnMatDescr_t, cudaDataType, cusparseSpMMAlg_t, std::size_t* bytes) {
    return *bytes = 8, CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseSpMM_preprocess(cusparseHandle_t, cusparseOperation_t, cusparseOperation_t, void const*,
                                         cusparseConstSpMatDescr_t, cusparseConstDnMatDescr_t, void const*,
                                         cusparseDnMatDescr_t, cudaDataType, cusparseSpMMAlg_t, void*) {
    return CUSPARSE_STATUS_SUCCESS;
}
cusparseStatus_t cusparseSpMM(cusparseHandle_t h, cusparseOperation_t, cusparseOperation_t, void const* alpha,
                              cusparseConstSpMatDescr_t a, cusparseConstDnMatDescr_t x, void const* beta,
                              cusparseDnMatDescr_t y, cudaDataType, cusparseSpMMAlg_t, void*) {
    return queue(h->stream, CUSPARSE_STATUS_EXECUTION_FAILED,
                 [a = *a, x = *x, y = *y, alpha = value(alpha), beta = value(beta)] {
                     a.wide ? multiply<std::int64_t>(a, alpha, x, beta, y)
                            : multiply<std::int32_t>(a, alpha, x, beta, y);
                 });
}
}

namespace wordmill::cuda {
namespace {
struct known_function {
    char const* name;
    void* function;
};
#define WORDMILL_KNOWN(name) {#name, reinterpret_cast<void*>(&name)}
known_function const functions[] = {WORDMILL_KNOWN(cublasCreate_v2),
                                    WORDMILL_KNOWN(cublasDestroy_v2),
                                    WORDMILL_KNOWN(cublasSetStream_v2),
                                    WORDMILL_KNOWN(cublasSetMathMode),
                                    WORDMILL_KNOWN(cublasSetWorkspace_v2),
                                    WORDMILL_KNOWN(cublasGetStatusString),
                                    WORDMILL_KNOWN(cublasSgemm_v2),
                                    {"cublasGemmEx", reinterpret_cast<void*>(&gemm_ex)},
                                    WORDMILL_KNOWN(cublasDgemmStridedBatched),
                                    WORDMILL_KNOWN(cusparseCreate),
                                    WORDMILL_KNOWN(cusparseDestroy),
                                    WORDMILL_KNOWN(cusparseSetStream),
                                    WORDMILL_KNOWN(cusparseGetErrorString),
                                    WORDMILL_KNOWN(cusparseCreateConstCsr),
                                    WORDMILL_KNOWN(cusparseDestroySpMat),
                                    WORDMILL_KNOWN(cusparseCreateDnMat),
                                    WORDMILL_KNOWN(cusparseDestroyDnMat),
                                    WORDMILL_KNOWN(cusparseSpMM_bufferSize),
                                    WORDMILL_KNOWN(cusparseSpMM_preprocess),
                                    WORDMILL_KNOWN(cusparseSpMM)};
}

void* load_library(char const*) { return const_cast<known_function*>(functions); }

void* find_function(void*, char const* library_name, char const* name) {
    for (auto const& f : functions)
        if (std::strcmp(f.name, name) == 0) return f.function;
    if (auto* const function = find_recurrent_function(name)) return function;
    char text[200];
    std::snprintf(text, sizeof text, "the stand-in for %s has no %s", library_name, name);
    throw cuda_error(-2, text);
}
}
