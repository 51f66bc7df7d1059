#include "sorting.hpp"
#include "sparse_on_device.hpp"
#include "wordmill/cuda/transpose.hpp"
#include <bit>
#include <thrust/copy.h>

namespace wordmill::cuda {
namespace {
constexpr float one = 1;
constexpr float none = 0;
constexpr auto algorithm = CUSPARSE_SPMM_CSR_ALG3; // the algorithm for CSR whose results are reproducible
constexpr auto as_it_is = CUSPARSE_OPERATION_NON_TRANSPOSE;

/// cuSPARSE's view of a dense row-major matrix.
class dense_matrix {
public:
    explicit dense_matrix(tall x) {
        check(sparse().create_dense(&matrix_, static_cast<std::int64_t>(x.rows), static_cast<std::int64_t>(x.columns),
                                    static_cast<std::int64_t>(x.stride), x.data, CUDA_R_32F, CUSPARSE_ORDER_ROW),
              "dense matrix");
    }
    dense_matrix(dense_matrix const&) = delete;
    dense_matrix& operator=(dense_matrix const&) = delete;
    ~dense_matrix() { (void)sparse().destroy_dense(matrix_); }
    [[nodiscard]] operator cusparseDnMatDescr_t() const noexcept { return matrix_; }

private:
    cusparseDnMatDescr_t matrix_ = nullptr;
};
}

sparse_on_device::sparse_on_device(queue& q, std::size_t rows, std::size_t columns, std::size_t entries)
    : rows_(rows),
      columns_(columns),
      entries_(entries),
      offsets_(q, (rows + 1) * (needs_64_bits(entries) ? 8 : 4)),
      columns_of_(q, entries * (needs_64_bits(entries) ? 8 : 4)),
      values_(q, entries) {
    if (rows > INT32_MAX || columns > INT32_MAX)
        throw cuda_error(cudaErrorInvalidValue, "a matrix on the device has fewer than 2^31 rows and columns");
}

sparse_on_device::~sparse_on_device() {
    for (auto& p : plans_) (void)sparse().destroy_sparse(p.matrix);
}

template <class Index> void sparse_on_device::load_as(queue& q, sparse_matrix const& from, sparse_on_device& to,
                                                      sparse_on_device& transposed) {
    auto const arrays = [](sparse_on_device& m) {
        return sparse_arrays<Index>{reinterpret_cast<Index*>(m.offsets_.data()),
                                    reinterpret_cast<Index*>(m.columns_of_.data()), m.values_.data()};
    };
    auto const a = arrays(to);
    auto const count = to.entries_;
    queue_allocator memory(q);
    auto const policy = policy_of(q, memory);
    {
        array<std::uint64_t> offsets(q, from.rows + 1);
        upload(q, from.offsets, from.rows + 1, offsets.data());
        thrust::copy(policy, offsets.data(), offsets.data() + from.rows + 1, a.offsets);
    }
    array<std::uint32_t> columns(q, count);
    upload(q, from.columns_of, count, columns.data());
    thrust::copy(policy, columns.data(), columns.data() + count, a.columns);
    upload(q, from.values, count, a.values);

    array<std::uint32_t> other_columns(q, count);
    array<std::uint64_t> entries(q, count);
    array<std::uint64_t> other_entries(q, count);
    entries_by_row(policy, a, from.rows, count, entries.data());
    cub::DoubleBuffer<std::uint32_t> keys(columns.data(), other_columns.data());
    cub::DoubleBuffer<std::uint64_t> moved(entries.data(), other_entries.data());
    auto const bits = static_cast<unsigned>(std::bit_width(from.columns));
    sort_pairs(q, keys, moved, count, bits);
    transpose_of_entries(policy, keys.Current(), moved.Current(), count, from.columns, arrays(transposed));
}

void sparse_on_device::load(queue& q, sparse_matrix const& from, sparse_on_device& to, sparse_on_device& transposed) {
    if (needs_64_bits(to.entries_))
        load_as<std::int64_t>(q, from, to, transposed);
    else
        load_as<std::int32_t>(q, from, to, transposed);
}

sparse_on_device::plan const& sparse_on_device::plan_for(queue& q, sparse_handle const& handle, tall x, tall y) {
    for (auto const& p : plans_)
        if (p.columns == x.columns && p.x_stride == x.stride && p.y_stride == y.stride) return p;
    auto const type = needs_64_bits(entries_) ? CUSPARSE_INDEX_64I : CUSPARSE_INDEX_32I;
    plans_.push_back({x.columns, x.stride, y.stride, nullptr, {}});
    auto& made = plans_.back();
    try {
        check(sparse().create_csr(&made.matrix, static_cast<std::int64_t>(rows_), static_cast<std::int64_t>(columns_),
                                  static_cast<std::int64_t>(entries_), offsets_.data(), columns_of_.data(),
                                  values_.data(), type, type, CUSPARSE_INDEX_BASE_ZERO, CUDA_R_32F),
              "sparse matrix");
        dense_matrix const from(x);
        dense_matrix const to(y);
        std::size_t bytes = 0;
        check(sparse().buffer_size(handle, as_it_is, as_it_is, &one, made.matrix, from, &none, to, CUDA_R_32F,
                                   algorithm, &bytes),
              "memory of a product");
        made.memory = array<char>(q, bytes);
        check(sparse().preprocess(handle, as_it_is, as_it_is, &one, made.matrix, from, &none, to, CUDA_R_32F, algorithm,
                                  made.memory.data()),
              "preparation of a product");
    } catch (...) {
        if (made.matrix != nullptr) (void)sparse().destroy_sparse(made.matrix);
        plans_.pop_back();
        throw;
    }
    return made;
}

void sparse_on_device::times(queue& q, sparse_handle const& handle, tall x, tall y) {
    auto const& p = plan_for(q, handle, x, y);
    dense_matrix const from(x);
    dense_matrix const to(y);
    check(sparse().multiply(handle, as_it_is, as_it_is, &one, p.matrix, from, &none, to, CUDA_R_32F, algorithm,
                            p.memory.data()),
          "product");
}
}
