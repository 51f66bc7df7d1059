// The truncated SVD of a sparse matrix: sparse products, the quick and the accurate method.
//   svd_perf [--rows N] [--nonzeros N] [--rank K] [--columns L] [--tolerance T] [--threads N] [--json FILE]
//            [--file MATRIX] [--values VALUES] [--only accurate|quick] [--repeats N] [--device cpu|cuda|auto]
// Without --file the matrix has random places and values; words follow Zipf's law. MATRIX is a file written by
// `wordmill ppmi`, or in another known format. VALUES holds doubles to compare the singular
// values with. The bytes are those of the matrix, the tokens its entries; products of a column with the matrix or its
// transpose are in the note.
#include "report.hpp"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.compute;
import wordmill.linear_algebra;
import wordmill.stats;
#include "device.hpp"

namespace {
template <class T> std::vector<T> read_values(std::ifstream& file, std::size_t count) {
    std::vector<T> values(count);
    if (!file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(count * sizeof(T))))
        throw std::runtime_error("svd_perf: the file is too short");
    return values;
}

/// Row r has entries in proportion to 1 / sqrt(r + 1), and so are columns chosen; values between 0 and 8.
wordmill::csr<float> zipf_matrix(std::size_t rows, std::size_t nonzeros) {
    auto random = wordmill::random_key(1).engine();
    std::vector<std::uint64_t> offsets{0};
    std::vector<std::uint32_t> columns;
    std::vector<float> values;
    auto const share = static_cast<double>(nonzeros) / (2 * std::sqrt(static_cast<double>(rows)));
    for (std::size_t r = 0; r < rows; ++r) {
        auto const count = std::min(rows, static_cast<std::size_t>(share / std::sqrt(static_cast<double>(r + 1)) + 1));
        auto const first = columns.size();
        for (std::size_t i = 0; i < count; ++i) {
            auto const u = random.uniform_double();
            columns.push_back(static_cast<std::uint32_t>(u * u * static_cast<double>(rows)));
        }
        std::sort(columns.begin() + static_cast<std::ptrdiff_t>(first), columns.end());
        columns.erase(std::unique(columns.begin() + static_cast<std::ptrdiff_t>(first), columns.end()), columns.end());
        while (values.size() < columns.size()) values.push_back(8 * random.uniform());
        offsets.push_back(columns.size());
    }
    return {rows, std::move(offsets), std::move(columns), std::move(values)};
}

struct timing {
    double seconds;
    double busy; ///< processor time
};
template <class Work> timing middle_of(int repeats, Work work) {
    auto const before = std::clock();
    auto const seconds = perf::median_seconds(repeats, work);
    return {seconds, static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / (repeats + 1)};
}
}

int main(int argc, char** argv) try {
    auto const number = [&](char const* option, char const* otherwise) {
        return std::stoul(perf::argument(argc, argv, option, otherwise));
    };
    auto const file = perf::argument(argc, argv, "--file", "");
    auto const a = file.empty() ? zipf_matrix(number("--rows", "20000"), number("--nonzeros", "2000000"))
                                : wordmill::load_matrix(file);
    auto const only = perf::argument(argc, argv, "--only", "");
    auto const threads = static_cast<unsigned>(number("--threads", "2"));
    auto const repeats = static_cast<int>(number("--repeats", "3"));
    auto const device = perf::device_argument(argc, argv, true);
    auto const view = a.view();
    auto const bytes = view.nonzeros() * 8 + view.row_offsets.size() * 8;
    perf::report report("svd", argc, argv);
    char note[200];

    for (std::size_t const width : {16, 128}) {
        wordmill::matrix<float> x(view.columns, width), y(view.rows, width);
        for (std::size_t r = 0; r < view.columns; ++r)
            for (auto& value : x.view().row(r)) value = static_cast<float>(r % 7);
        auto const [seconds, busy] =
            middle_of(repeats, [&] { wordmill::sparse_product(view, x.view(), y.view(), threads); });
        std::snprintf(note, sizeof note, "%.2f GFLOP/s, %.3f s busy",
                      2e-9 * static_cast<double>(view.nonzeros() * width) / seconds, busy);
        report.add({"times " + std::to_string(width) + " columns", threads, bytes, view.nonzeros(), seconds, note});
    }
    std::vector<double> truth;
    if (auto const name = perf::argument(argc, argv, "--values", ""); !name.empty()) {
        std::ifstream values(name, std::ios::binary | std::ios::ate);
        auto const count = static_cast<std::size_t>(values.tellg()) / sizeof(double);
        values.seekg(0);
        truth = read_values<double>(values, count);
    }
    for (auto const method : {wordmill::svd_method::quick, wordmill::svd_method::accurate}) {
        auto const name = method == wordmill::svd_method::quick ? "quick" : "accurate";
        if (!only.empty() && only != name) continue;
        wordmill::truncated_svd svd;
        auto const [seconds, busy] = middle_of(repeats, [&] {
            svd =
                wordmill::truncate_svd(view, {.rank = number("--rank", "100"),
                                              .method = method,
                                              .tolerance = std::stod(perf::argument(argc, argv, "--tolerance", "1e-6")),
                                              .threads = threads,
                                              .device = device.wanted});
        });
        double worst = 0;
        for (std::size_t i = 0; i < std::min(truth.size(), svd.rank()); ++i)
            if (auto const off = std::abs(svd.singular_values[i] / truth[i] - 1); !(off <= worst))
                worst = off; // or NaN
        std::snprintf(note, sizeof note,
                      "%.3f s busy, %zu values %.6g to %.6g, worst residual %.2g s_1%s, %.0f products, peak %.0f MB, "
                      "values off by %.2g",
                      busy, svd.rank(), svd.singular_values.front(), svd.singular_values.back(), svd.residual(),
                      svd.converged ? "" : " (not converged)", static_cast<double>(svd.products),
                      static_cast<double>(perf::peak_memory()) * 1e-6, worst);
        report.add({name, threads, bytes, view.nonzeros(), seconds, note, device.name});
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "svd_perf: %s\n", e.what());
    return 1;
}
