// For .cu files only: cuBLAS and cuSPARSE, which are loaded on first use instead of linked.
#pragma once
#include "queue.hpp"
#include <cublas_api.h>
#include <cusparse.h>

namespace wordmill::cuda {
/// The type of cublasGemmEx, of which the header has a second one for old code.
using gemm_function = cublasStatus_t (*)(cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int,
                                         void const*, void const*, cudaDataType, int, void const*, cudaDataType, int,
                                         void const*, void*, cudaDataType, int, cublasComputeType_t, cublasGemmAlgo_t);

/// The functions used from cuBLAS.
struct blas_functions {
    decltype(&cublasCreate_v2) create;
    decltype(&cublasDestroy_v2) destroy;
    decltype(&cublasSetStream_v2) set_stream;
    decltype(&cublasSetMathMode) set_math_mode;
    decltype(&cublasSetWorkspace_v2) set_workspace;
    decltype(&cublasGetStatusString) text_of;
    decltype(&cublasSgemm_v2) sgemm;
    gemm_function gemm;
    decltype(&cublasDgemmStridedBatched) dgemm_of_many;
};
/// Throws cuda_error when the library cannot be loaded.
[[nodiscard]] blas_functions const& blas();

/// The functions used from cuSPARSE.
struct sparse_functions {
    decltype(&cusparseCreate) create;
    decltype(&cusparseDestroy) destroy;
    decltype(&cusparseSetStream) set_stream;
    decltype(&cusparseGetErrorString) text_of;
    decltype(&cusparseCreateConstCsr) create_csr;
    decltype(&cusparseDestroySpMat) destroy_sparse;
    decltype(&cusparseCreateDnMat) create_dense;
    decltype(&cusparseDestroyDnMat) destroy_dense;
    decltype(&cusparseSpMM_bufferSize) buffer_size;
    decltype(&cusparseSpMM_preprocess) preprocess;
    decltype(&cusparseSpMM) multiply;
};
[[nodiscard]] sparse_functions const& sparse();

void check(cublasStatus_t status, char const* what, std::source_location where = std::source_location::current());
void check(cusparseStatus_t status, char const* what, std::source_location where = std::source_location::current());

/// cuBLAS on a queue, in the requested precision: single precision never means TF32.
class blas_handle {
public:
    explicit blas_handle(queue& q);
    blas_handle(blas_handle const&) = delete;
    blas_handle& operator=(blas_handle const&) = delete;
    ~blas_handle();
    [[nodiscard]] operator cublasHandle_t() const noexcept { return handle_; }

private:
    cublasHandle_t handle_ = nullptr;
};

/// cuSPARSE on a queue.
class sparse_handle {
public:
    explicit sparse_handle(queue& q);
    sparse_handle(sparse_handle const&) = delete;
    sparse_handle& operator=(sparse_handle const&) = delete;
    ~sparse_handle();
    [[nodiscard]] operator cusparseHandle_t() const noexcept { return handle_; }

private:
    cusparseHandle_t handle_ = nullptr;
};
}
