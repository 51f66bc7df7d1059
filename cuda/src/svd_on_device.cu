#include "linear_algebra.hpp"
#include "queue.hpp"
#include "sparse_on_device.hpp"
#include "wordmill/cuda/svd_on_device.hpp"
#include <algorithm>
#include <cstdio>
#include <thrust/for_each.h>
#include <thrust/iterator/counting_iterator.h>
#include <vector>

namespace wordmill::cuda {
namespace {
constexpr std::size_t most_in_panel = std::size_t{1} << 24; // elements of scratch, and of a panel that is processed at
                                                            // once

constexpr std::size_t least_share = 256; // rows
constexpr std::size_t most_shares = 256;

/// No side has more than 31 bits; this was checked when the matrix was made.
int blas_size(std::size_t size) { return static_cast<int>(size); }

tall rows_of(tall x, std::size_t first, std::size_t rows) {
    return {x.data + first * x.stride, rows, x.columns, x.stride};
}

/// Calls work(first, rows) for panels of rows, each small enough for `width` elements per row.
template <class Work> void for_panels(std::size_t rows, std::size_t width, Work const& work) {
    auto const at_once = std::max<std::size_t>(most_in_panel / width, 1);
    for (std::size_t first = 0; first < rows; first += at_once) work(first, std::min(at_once, rows - first));
}

/// The distance between consecutive rows, in bytes.
std::size_t pitch_of(std::size_t stride) { return stride * sizeof(float); }
}

struct svd_on_device::state {
    queue& work;
    blas_handle dense{work};
    sparse_handle products{work};
    sparse_on_device a;
    sparse_on_device transposed;
    array<double> wide{};
    array<double> sums{};
    array<double> partial{};
    array<float> factors{};
    array<float> panel{};

    state(queue& where, std::size_t rows, std::size_t columns, std::size_t entries)
        : work(where), a(work, rows, columns, entries), transposed(work, columns, rows, entries) {}

    template <class Element, class Function> void for_each(Element count, Function function) {
        queue_allocator memory(work);
        thrust::for_each(policy_of(work, memory), thrust::counting_iterator<Element>(0),
                         thrust::counting_iterator<Element>(count), function);
    }
    /// sum [p, q] += x^T y, over `shares` times `rows` contiguous rows.
    void add_products(double const* x, double const* y, std::size_t p, std::size_t q, std::size_t rows,
                      std::size_t shares, double* sum) {
        constexpr double one = 1;
        constexpr double none = 0;
        auto* const made = partial.grown_to(work, shares * p * q);
        auto const distance = [&](std::size_t columns) { return static_cast<long long>(rows * columns); };
        check(blas().dgemm_of_many(dense, CUBLAS_OP_N, CUBLAS_OP_T, blas_size(q), blas_size(p), blas_size(rows), &one,
                                   y, blas_size(q), distance(q), x, blas_size(p), distance(p), &none, made,
                                   blas_size(q), static_cast<long long>(p * q), blas_size(shares)),
              "gram matrix");
        for_each(std::uint64_t{p * q}, add_shares{made, shares, p * q, sum});
    }
    void widen_panel(tall x, double* to) {
        for_each(static_cast<std::uint32_t>(x.rows * x.columns),
                 widen{x.data, x.stride, static_cast<std::uint32_t>(x.columns), to});
    }
};

availability check_linear_algebra() noexcept {
    auto found = check_devices();
    if (!found.usable) return found;
    try {
        (void)blas();
        (void)sparse();
    } catch (cuda_error const& e) {
        found.usable = false;
        std::snprintf(found.reason, sizeof found.reason, "%s", e.what());
    }
    return found;
}

std::size_t svd_on_device::bytes_of(std::size_t rows, std::size_t columns, std::size_t entries) noexcept {
    // transposing needs two copies of keys (4 bytes) and entries (8 bytes)
    std::size_t const index = sparse_on_device::needs_64_bits(entries) ? 8 : 4;
    return entries * (2 * (index + sizeof(float)) + 2 * (4 + 8)) + (rows + columns + 2) * (index + 8);
}

svd_on_device::svd_on_device(device_queue& where, sparse_matrix const& a, bool turned) {
    state_ = on_device(where.work().device(), "sparse matrix", [&] {
        auto const entries = static_cast<std::size_t>(a.offsets[a.rows]);
        auto made = turned ? std::make_unique<state>(where.work(), a.columns, a.rows, entries)
                           : std::make_unique<state>(where.work(), a.rows, a.columns, entries);
        sparse_on_device::load(made->work, a, turned ? made->transposed : made->a, turned ? made->a : made->transposed);
        return made;
    });
}
svd_on_device::~svd_on_device() = default;

void svd_on_device::copy(tall from, tall to) {
    auto& s = *state_;
    if (from.rows == 0 || from.columns == 0) return;
    on_device(s.work.device(), "tall matrix", [&] {
        check(cudaMemcpy2DAsync(to.data, pitch_of(to.stride), from.data, pitch_of(from.stride), pitch_of(from.columns),
                                from.rows, cudaMemcpyDeviceToDevice, s.work.stream()),
              "copy of columns");
    });
}

void svd_on_device::times(tall x, tall y) {
    auto& s = *state_;
    on_device(s.work.device(), "product", [&] { s.a.times(s.work, s.products, x, y); });
}
void svd_on_device::transposed_times(tall y, tall x) {
    auto& s = *state_;
    on_device(s.work.device(), "product", [&] { s.transposed.times(s.work, s.products, y, x); });
}

// cuBLAS is column-major: a row-major [n, p] is to it a column-major [p, n] whose columns are `stride` apart.

void svd_on_device::gram(tall x, tall y, double* product) {
    auto& s = *state_;
    auto const p = x.columns;
    auto const q = y.columns;
    if (p == 0 || q == 0) return;
    on_device(s.work.device(), "gram matrix", [&] {
        auto* const sum = s.sums.grown_to(s.work, p * q);
        check(cudaMemsetAsync(sum, 0, p * q * sizeof(double), s.work.stream()), "gram matrix");
        auto* const wide = s.wide.grown_to(s.work, std::min(x.rows * (p + q), std::max(most_in_panel, p + q)));
        bool const same = x.data == y.data && p == q;
        for_panels(x.rows, p + q, [&](std::size_t first, std::size_t rows) {
            auto* const wide_y = same ? wide : wide + rows * p;
            s.widen_panel(rows_of(x, first, rows), wide);
            if (!same) s.widen_panel(rows_of(y, first, rows), wide_y);
            // With many rows and few columns a single product would keep few multiprocessors busy.
            auto const shares =
                std::clamp<std::size_t>(std::min(rows / least_share, most_in_panel / 2 / (p * q)), 1, most_shares);
            s.add_products(wide, wide_y, p, q, rows / shares, shares, sum);
            auto const done = rows / shares * shares;
            if (done < rows) s.add_products(wide + done * p, wide_y + done * q, p, q, rows - done, 1, sum);
        });
        download(s.work, static_cast<double const*>(sum), p * q, product);
    });
}

void svd_on_device::subtract(tall x, float const* c, tall z) {
    auto& s = *state_;
    auto const p = x.columns;
    auto const q = z.columns;
    if (p == 0 || q == 0 || z.rows == 0) return;
    on_device(s.work.device(), "subtraction", [&] {
        auto* const factors = s.factors.grown_to(s.work, p * q);
        upload(s.work, c, p * q, factors);
        constexpr float minus = -1;
        constexpr float one = 1;
        check(blas().sgemm(s.dense, CUBLAS_OP_N, CUBLAS_OP_N, blas_size(q), blas_size(z.rows), blas_size(p), &minus,
                           factors, blas_size(q), x.data, blas_size(x.stride), &one, z.data, blas_size(z.stride)),
              "subtraction");
    });
}

void svd_on_device::rotate(tall x, float const* c, std::size_t columns) {
    auto& s = *state_;
    auto const p = x.columns;
    if (columns == 0 || x.rows == 0) return;
    on_device(s.work.device(), "rotation", [&] {
        auto* const factors = s.factors.grown_to(s.work, p * columns);
        upload(s.work, c, p * columns, factors);
        auto* const made = s.panel.grown_to(s.work, std::min(x.rows * columns, std::max(most_in_panel, columns)));
        constexpr float one = 1;
        constexpr float none = 0;
        for_panels(x.rows, columns, [&](std::size_t first, std::size_t rows) {
            auto const part = rows_of(x, first, rows);
            check(blas().sgemm(s.dense, CUBLAS_OP_N, CUBLAS_OP_N, blas_size(columns), blas_size(rows), blas_size(p),
                               &one, factors, blas_size(columns), part.data, blas_size(part.stride), &none, made,
                               blas_size(columns)),
                  "rotation");
            check(cudaMemcpy2DAsync(part.data, pitch_of(part.stride), made, pitch_of(columns), pitch_of(columns), rows,
                                    cudaMemcpyDeviceToDevice, s.work.stream()),
                  "rotation");
        });
    });
}

void svd_on_device::divide(tall x, double const* divisors, tall to) {
    auto& s = *state_;
    if (x.columns == 0) return;
    on_device(s.work.device(), "division", [&] {
        array<double> const there(s.work, x.columns);
        upload(s.work, divisors, x.columns, there.data());
        s.for_each(std::uint64_t{x.rows * x.columns}, divide_columns{x, there.data(), to});
    });
}

void svd_on_device::add_squares(tall x, tall y, double const* factors, double* sums) {
    constexpr std::size_t most_shares_of_rows = 1024;
    auto& s = *state_;
    auto const columns = x.columns;
    if (columns == 0 || x.rows == 0) return;
    on_device(s.work.device(), "residuals", [&] {
        auto const shares = std::min(most_shares_of_rows, x.rows);
        array<double> const there(s.work, columns);
        array<double> const partial(s.work, shares * columns);
        upload(s.work, factors, columns, there.data());
        s.for_each(std::uint64_t{shares * columns}, squares_of_difference{x, y, there.data(), shares, partial.data()});
        std::vector<double> all(shares * columns);
        download(s.work, static_cast<double const*>(partial.data()), all.size(), all.data());
        for (std::size_t i = 0; i < all.size(); ++i) sums[i % columns] += all[i];
    });
}
}
