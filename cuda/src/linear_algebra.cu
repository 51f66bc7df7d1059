#include "library.hpp"
#include "linear_algebra.hpp"
#include <cstdio>

#define WORDMILL_TEXT_OF(x) #x
#define WORDMILL_TEXT(x) WORDMILL_TEXT_OF(x)

namespace wordmill::cuda {
namespace {
constexpr char blas_name[] = "libcublas.so." WORDMILL_TEXT(CUBLAS_VER_MAJOR);
constexpr char sparse_name[] = "libcusparse.so." WORDMILL_TEXT(CUSPARSE_VER_MAJOR);

class opened_library {
public:
    explicit opened_library(char const* name) : name_(name), library_(load_library(name)) {}
    template <class Function> void find(Function& function, char const* name) const {
        function = reinterpret_cast<Function>(find_function(library_, name_, name));
    }

private:
    char const* name_;
    void* library_;
};

blas_functions load_blas() {
    opened_library const library(blas_name);
    blas_functions f{};
    library.find(f.create, "cublasCreate_v2");
    library.find(f.destroy, "cublasDestroy_v2");
    library.find(f.set_stream, "cublasSetStream_v2");
    library.find(f.set_math_mode, "cublasSetMathMode");
    library.find(f.set_workspace, "cublasSetWorkspace_v2");
    library.find(f.text_of, "cublasGetStatusString");
    library.find(f.sgemm, "cublasSgemm_v2");
    library.find(f.gemm, "cublasGemmEx");
    library.find(f.dgemm_of_many, "cublasDgemmStridedBatched");
    return f;
}

sparse_functions load_sparse() {
    opened_library const library(sparse_name);
    sparse_functions f{};
    library.find(f.create, "cusparseCreate");
    library.find(f.destroy, "cusparseDestroy");
    library.find(f.set_stream, "cusparseSetStream");
    library.find(f.text_of, "cusparseGetErrorString");
    library.find(f.create_csr, "cusparseCreateConstCsr");
    library.find(f.destroy_sparse, "cusparseDestroySpMat");
    library.find(f.create_dense, "cusparseCreateDnMat");
    library.find(f.destroy_dense, "cusparseDestroyDnMat");
    library.find(f.buffer_size, "cusparseSpMM_bufferSize");
    library.find(f.preprocess, "cusparseSpMM_preprocess");
    library.find(f.multiply, "cusparseSpMM");
    return f;
}

[[noreturn]] void fail(int code, char const* library, char const* what, char const* reason,
                       std::source_location where) {
    char text[256];
    std::snprintf(text, sizeof text, "%s: %s: %s, at %s:%u", library, what, reason, file_of(where),
                  static_cast<unsigned>(where.line()));
    throw cuda_error(code, text);
}
}

blas_functions const& blas() {
    static blas_functions const functions = load_blas();
    return functions;
}
sparse_functions const& sparse() {
    static sparse_functions const functions = load_sparse();
    return functions;
}

void check(cublasStatus_t status, char const* what, std::source_location where) {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    int const code = status == CUBLAS_STATUS_ALLOC_FAILED ? int{cudaErrorMemoryAllocation} : int{cudaErrorUnknown};
    fail(code, "cuBLAS", what, blas().text_of(status), where);
}
void check(cusparseStatus_t status, char const* what, std::source_location where) {
    if (status == CUSPARSE_STATUS_SUCCESS) return;
    bool const full = status == CUSPARSE_STATUS_ALLOC_FAILED || status == CUSPARSE_STATUS_INSUFFICIENT_RESOURCES;
    int const code = full ? int{cudaErrorMemoryAllocation} : int{cudaErrorUnknown};
    fail(code, "cuSPARSE", what, sparse().text_of(status), where);
}

blas_handle::blas_handle(queue& q) {
    current_device const scope(q.device());
    check(blas().create(&handle_), "handle");
    try {
        check(blas().set_stream(handle_, q.stream()), "stream");
        check(blas().set_math_mode(handle_, CUBLAS_DEFAULT_MATH), "math mode");
    } catch (...) {
        (void)blas().destroy(handle_);
        throw;
    }
}
blas_handle::~blas_handle() { (void)blas().destroy(handle_); }

sparse_handle::sparse_handle(queue& q) {
    current_device const scope(q.device());
    check(sparse().create(&handle_), "handle");
    try {
        check(sparse().set_stream(handle_, q.stream()), "stream");
    } catch (...) {
        (void)sparse().destroy(handle_);
        throw;
    }
}
sparse_handle::~sparse_handle() { (void)sparse().destroy(handle_); }
}
