// Errors where a library or a device is missing, and the operations of the device where there is one.
#include "../../cuda/src/library.hpp"
#include "../skipped.hpp"
#include "../worse_of.hpp"
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/pairs_on_device.hpp"
#include "wordmill/cuda/svd_on_device.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace cuda = wordmill::cuda;

namespace {
std::string why_no_linear_algebra() { return cuda::check_linear_algebra().reason; }

template <class Call> std::string text_of_failure(Call call) {
    try {
        call();
    } catch (cuda::cuda_error const& e) {
        return e.what();
    }
    return {};
}

/// A dense matrix [rows, columns] whose rows are `stride` apart, here and there.
struct tall_pair {
    std::size_t rows, columns, stride;
    std::vector<float> here;
    cuda::tall there;

    tall_pair(cuda::device_queue& queue, std::size_t r, std::size_t c, std::size_t s, std::mt19937& random)
        : rows(r),
          columns(c),
          stride(s),
          here(r * s),
          there{static_cast<float*>(queue.allocate(r * s * sizeof(float))), r, c, s} {
        std::uniform_real_distribution<float> one(-1, 1);
        for (auto& x : here) x = one(random);
        write(queue);
    }
    void write(cuda::device_queue& queue) const {
        std::vector<float> packed;
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < columns; ++c) packed.push_back(here[r * stride + c]);
        queue.copy_in(packed.data(), columns * sizeof(float), rows, there.data, stride * sizeof(float));
    }
    [[nodiscard]] double at(std::size_t r, std::size_t c) const { return static_cast<double>(here[r * stride + c]); }
};

/// The largest difference from `expected(row, column)`.
template <class Expected> double worst(cuda::device_queue& queue, cuda::tall x, Expected expected) {
    std::vector<float> found(x.rows * x.columns);
    queue.copy_out(x.data, x.stride * sizeof(float), found.data(), x.columns * sizeof(float), x.rows);
    auto const mark = queue.mark();
    queue.wait(mark);
    BOOST_TEST(queue.done(mark));
    double most = 0;
    for (std::size_t r = 0; r < x.rows; ++r)
        for (std::size_t c = 0; c < x.columns; ++c)
            most = worse_of(most, std::abs(static_cast<double>(found[r * x.columns + c]) - expected(r, c)));
    return most;
}
}

BOOST_AUTO_TEST_SUITE(cuda_operations)

BOOST_AUTO_TEST_CASE(a_library_that_is_missing_is_named_in_the_loader_s_words) {
    auto const text = text_of_failure([] { (void)cuda::load_library("libwordmill-no-such.so.7"); });
    BOOST_TEST(text.find("libwordmill-no-such.so.7") != std::string::npos);
    BOOST_TEST(text.find("No such file") != std::string::npos);
    auto* const self = cuda::load_library("libc.so.6");
    BOOST_TEST(cuda::find_function(self, "libc.so.6", "strlen") != nullptr);
    auto const other = text_of_failure([&] { (void)cuda::find_function(self, "libc.so.6", "no_such_function"); });
    BOOST_TEST(other == "libc.so.6 has no no_such_function");
}

BOOST_AUTO_TEST_CASE(without_a_device_every_operation_says_why,
                     *skipped_if([] { return cuda::check_devices().usable ? "there is a GPU" : ""; })) {
    auto const found = cuda::check_devices();
    std::uint64_t keys[] = {2, 1};
    std::string const reason(found.reason);
    BOOST_TEST(text_of_failure([&] { cuda::sort_keys(keys, 2, 0, 64); }) == reason);
    BOOST_TEST(text_of_failure([&] { cuda::device_queue(); }) == reason); // which all others work in
    BOOST_TEST(!cuda::check_linear_algebra().usable);
    BOOST_TEST(std::string(cuda::check_linear_algebra().reason) == reason);
    BOOST_TEST(found.device == -1);
}

BOOST_AUTO_TEST_CASE(operations_on_tall_matrices_are_those_of_the_formulas,
                     *boost::unit_test::label("gpu") * skipped_if(why_no_linear_algebra)) {
    std::mt19937 random(1);
    constexpr std::size_t m = 5000, n = 300, p = 20, q = 9;
    std::vector<std::uint64_t> offsets{0};
    std::vector<std::uint32_t> columns_of;
    std::vector<float> values;
    for (std::size_t r = 0; r < m; ++r) { // row 7 is full, every fifth is empty
        for (std::size_t c = 0; c < n; ++c)
            if (r == 7 || (r % 5 != 0 && random() % 40 == 0)) {
                columns_of.push_back(static_cast<std::uint32_t>(c));
                values.push_back(static_cast<float>(random() % 100) / 50 - 1);
            }
        offsets.push_back(values.size());
    }
    cuda::device_queue queue;
    for (bool const turned : {false, true}) {
        cuda::svd_on_device device(queue, {m, n, offsets.data(), columns_of.data(), values.data()}, turned);
        auto const product = [&](tall_pair const& x, bool transposed, std::vector<double>& out) {
            for (std::size_t r = 0; r < m; ++r)
                for (auto i = offsets[r]; i < offsets[r + 1]; ++i)
                    for (std::size_t c = 0; c < x.columns; ++c) {
                        auto const to = transposed ? columns_of[i] : r;
                        auto const from = transposed ? r : columns_of[i];
                        out[to * x.columns + c] += static_cast<double>(values[i]) * x.at(from, c);
                    }
        };
        tall_pair short_one(queue, n, 16, 16, random), long_one(queue, m, 16, 48, random);
        std::vector<double> expected(m * 16);
        product(short_one, false, expected);
        tall_pair y(queue, m, 16, 16, random), x(queue, n, 16, 32, random);
        if (turned)
            device.transposed_times(short_one.there, y.there);
        else
            device.times(short_one.there, y.there);
        BOOST_TEST(worst(queue, y.there, [&](std::size_t r, std::size_t c) { return expected[r * 16 + c]; }) < 1e-4);
        expected.assign(n * 16, 0);
        product(long_one, true, expected);
        if (turned)
            device.times(long_one.there, x.there);
        else
            device.transposed_times(long_one.there, x.there);
        BOOST_TEST(worst(queue, x.there, [&](std::size_t r, std::size_t c) { return expected[r * 16 + c]; }) < 1e-3);
        for (auto* const each : {&short_one, &long_one, &y, &x}) queue.release(each->there.data);
    }

    cuda::svd_on_device device(queue, {m, n, offsets.data(), columns_of.data(), values.data()}, false);
    tall_pair x(queue, m, p, 32, random), z(queue, m, q, 16, random);
    std::vector<double> gram(p * q), sum(p * q);
    device.gram(x.there, z.there, gram.data());
    for (std::size_t r = 0; r < m; ++r)
        for (std::size_t i = 0; i < p; ++i)
            for (std::size_t j = 0; j < q; ++j) sum[i * q + j] += x.at(r, i) * z.at(r, j);
    for (std::size_t i = 0; i < p * q; ++i) BOOST_TEST(std::abs(gram[i] - sum[i]) < 1e-9);

    std::vector<float> c(p * q);
    for (auto& f : c) f = static_cast<float>(random() % 100) / 50 - 1;
    auto const xc = [&](std::size_t r, std::size_t j) {
        double s = 0;
        for (std::size_t i = 0; i < p; ++i) s += x.at(r, i) * static_cast<double>(c[i * q + j]);
        return s;
    };
    device.subtract(x.there, c.data(), z.there);
    BOOST_TEST(worst(queue, z.there, [&](std::size_t r, std::size_t j) { return z.at(r, j) - xc(r, j); }) < 1e-5);

    std::vector<double> const s{1, 2, 4, -1, 0.5, 3, 7, 9, 0.1};
    std::vector<double> squares(q, 1), squares_before(q, 1);
    auto const part = cuda::tall{x.there.data, m, q, x.there.stride};
    z.write(queue);
    device.add_squares(part, z.there, s.data(), squares.data());
    for (std::size_t r = 0; r < m; ++r)
        for (std::size_t j = 0; j < q; ++j) squares_before[j] += std::pow(x.at(r, j) - s[j] * z.at(r, j), 2);
    for (std::size_t j = 0; j < q; ++j) BOOST_TEST(std::abs(squares[j] / squares_before[j] - 1) < 1e-12);
    device.divide(part, s.data(), z.there);
    BOOST_TEST(worst(queue, z.there, [&](std::size_t r, std::size_t j) { return x.at(r, j) / s[j]; }) < 1e-6);

    device.rotate(x.there, c.data(), q); // the first q columns become x c, the others stay
    BOOST_TEST(worst(queue, x.there, [&](std::size_t r, std::size_t j) { return j < q ? xc(r, j) : x.at(r, j); })
               < 1e-5);
    device.copy(part, z.there);
    BOOST_TEST(worst(queue, z.there, xc) < 1e-5);
    queue.release(x.there.data);
    queue.release(z.there.data);
}

BOOST_AUTO_TEST_SUITE_END()
