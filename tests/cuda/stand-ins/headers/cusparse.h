// Declares what is used of cuSPARSE, where its own header is not installed.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cuda_runtime_api.h>
#include <library_types.h>

#define CUSPARSE_VER_MAJOR 12

struct cusparseContext;
struct cusparseSpMatDescr;
struct cusparseDnMatDescr;
using cusparseHandle_t = cusparseContext*;
using cusparseConstSpMatDescr_t = cusparseSpMatDescr const*;
using cusparseDnMatDescr_t = cusparseDnMatDescr*;
using cusparseConstDnMatDescr_t = cusparseDnMatDescr const*;
enum cusparseStatus_t {
    CUSPARSE_STATUS_SUCCESS = 0,
    CUSPARSE_STATUS_ALLOC_FAILED = 2,
    CUSPARSE_STATUS_EXECUTION_FAILED = 6,
    CUSPARSE_STATUS_INSUFFICIENT_RESOURCES = 11,
};
enum cusparseOperation_t { CUSPARSE_OPERATION_NON_TRANSPOSE = 0 };
enum cusparseIndexType_t { CUSPARSE_INDEX_32I = 2, CUSPARSE_INDEX_64I = 3 };
enum cusparseIndexBase_t { CUSPARSE_INDEX_BASE_ZERO = 0 };
enum cusparseOrder_t { CUSPARSE_ORDER_ROW = 2 };
enum cusparseSpMMAlg_t { CUSPARSE_SPMM_CSR_ALG3 = 12 };

extern "C" {
cusparseStatus_t cusparseCreate(cusparseHandle_t*);
cusparseStatus_t cusparseDestroy(cusparseHandle_t);
cusparseStatus_t cusparseSetStream(cusparseHandle_t, cudaStream_t);
char const* cusparseGetErrorString(cusparseStatus_t);
cusparseStatus_t cusparseCreateConstCsr(cusparseConstSpMatDescr_t*, std::int64_t rows, std::int64_t columns,
                                        std::int64_t entries, void const* offsets, void const* columns_of,
                                        void const* values, cusparseIndexType_t, cusparseIndexType_t,
                                        cusparseIndexBase_t, cudaDataType);
cusparseStatus_t cusparseDestroySpMat(cusparseConstSpMatDescr_t);
cusparseStatus_t cusparseCreateDnMat(cusparseDnMatDescr_t*, std::int64_t rows, std::int64_t columns,
                                     std::int64_t stride, void* values, cudaDataType, cusparseOrder_t);
cusparseStatus_t cusparseDestroyDnMat(cusparseConstDnMatDescr_t);
cusparseStatus_t cusparseSpMM_bufferSize(cusparseHandle_t, cusparseOperation_t, cusparseOperation_t, void const* alpha,
                                         cusparseConstSpMatDescr_t, cusparseConstDnMatDescr_t, void const* beta,
                                         cusparseDnMatDescr_t, cudaDataType, cusparseSpMMAlg_t, std::size_t* bytes);
cusparseStatus_t cusparseSpMM_preprocess(cusparseHandle_t, cusparseOperation_t, cusparseOperation_t, void const* alpha,
                                         cusparseConstSpMatDescr_t, cusparseConstDnMatDescr_t, void const* beta,
                                         cusparseDnMatDescr_t, cudaDataType, cusparseSpMMAlg_t, void* memory);
cusparseStatus_t cusparseSpMM(cusparseHandle_t, cusparseOperation_t, cusparseOperation_t, void const* alpha,
                              cusparseConstSpMatDescr_t, cusparseConstDnMatDescr_t, void const* beta,
                              cusparseDnMatDescr_t, cudaDataType, cusparseSpMMAlg_t, void* memory);
}
