module;
#include "wordmill/cuda/ppmi.hpp"
#include "wordmill/cuda/ppmi_on_device.hpp"
#include <algorithm>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numbers>
#include <span>
#include <string>
#include <thrust/execution_policy.h>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.compute;
import wordmill.stream;
import :cooccurrence;
import :ppmi;

namespace wordmill {
namespace {
static_assert(sizeof(cooccurrence) == sizeof(cuda::weighted_entry));

void check(ppmi_options const& o) {
    auto const refuse = [](char const* what, char const* expected, double found) {
        throw error(failure::usage,
                    std::string("PPMI: expected ") + what + " of " + expected + ", found " + std::to_string(found));
    };
    if (!(o.smoothing >= 0) || !std::isfinite(o.smoothing)) refuse("a smoothing power", "0 or more", o.smoothing);
    if (!(o.shift >= 1) || !std::isfinite(o.shift)) refuse("a shift", "1 or more", o.shift);
    if (!(o.threshold >= 0) || !std::isfinite(o.threshold)) refuse("a threshold", "0 or more", o.threshold);
}

/// The terms that the sums of rows and columns add to each value. With Z the sum of the smoothed columns: log(w / N) -
/// log(r / N) - log(c^a / Z) - log k.
struct marginals {
    std::vector<double> rows;    ///< log(r) - log(Z) + log(k)
    std::vector<double> columns; ///< log(c^a)
    double scale;                ///< of natural logarithms

    marginals(cooccurrence_totals const& sums, ppmi_options const& o)
        : scale(o.base == logarithm::base_2 ? std::numbers::log2e : 1.0) {
        double z = 0;
        for (auto const c : sums.columns)
            if (c > 0) z += std::pow(static_cast<double>(c), o.smoothing);
        auto const common = std::log(o.shift) - std::log(z);
        for (auto const r : sums.rows) rows.push_back((std::log(static_cast<double>(r)) + common) * scale);
        for (auto const c : sums.columns) columns.push_back(o.smoothing * std::log(static_cast<double>(c)) * scale);
    }
};

/// Copies blocks so that other threads can work on them.
generator<std::vector<cooccurrence>> owned(generator<std::span<cooccurrence const>> blocks) {
    for (auto const block : blocks) co_yield std::vector<cooccurrence>(block.begin(), block.end());
}

constexpr std::size_t at_once = std::size_t{1} << 20; // entries: a GPU is slow with few
constexpr std::size_t device_scratch = at_once * 64;  // bytes, at most

cuda::weighted_entry const* plain(std::vector<cooccurrence> const& entries) {
    return reinterpret_cast<cuda::weighted_entry const*>(entries.data());
}

struct to_values {
    marginals const* terms;
    float threshold;
    std::vector<cuda::valued_entry> operator()(std::vector<cooccurrence> const& block) const {
        std::vector<cuda::valued_entry> values(block.size());
        values.resize(cuda::ppmi_of_entries(thrust::seq, plain(block), block.size(),
                                            {terms->rows.data(), terms->columns.data(), terms->scale}, threshold,
                                            values.data()));
        return values;
    }
};

generator<std::vector<cuda::valued_entry>> values_on_cuda(generator<std::span<cooccurrence const>> blocks,
                                                          marginals const* terms, float threshold) {
    auto const queue = cuda_queue();
    auto device = on_cuda([&] {
        return std::make_unique<cuda::ppmi_on_device>(device_queue_of(*queue), terms->rows.data(), terms->rows.size(),
                                                      terms->columns.data(), terms->columns.size(), terms->scale,
                                                      threshold);
    });
    auto const values_of = [&](std::vector<cooccurrence> const& entries) {
        std::vector<cuda::valued_entry> values(entries.size());
        values.resize(on_cuda([&] { return (*device)(plain(entries), entries.size(), values.data()); }));
        return values;
    };
    std::vector<cooccurrence> waiting;
    waiting.reserve(at_once);
    for (auto block : blocks)
        while (!block.empty()) {
            auto const part = block.first(std::min(block.size(), at_once - waiting.size()));
            waiting.insert(waiting.end(), part.begin(), part.end());
            block = block.subspan(part.size());
            if (waiting.size() < at_once) continue;
            co_yield values_of(waiting);
            waiting.clear();
        }
    co_yield values_of(waiting);
}

/// The values above the threshold, in order. The terms must outlive the generator.
[[clang::coro_wrapper]] generator<std::vector<cuda::valued_entry>>
values_of(cooccurrence_counts const& counts, marginals const* terms, float threshold, unsigned threads, bool cuda) {
    if (cuda) return values_on_cuda(counts.entries(), terms, threshold);
    return owned(counts.entries()) | parallel(to_values{terms, threshold}, {.threads = threads});
}
}

csr<float> ppmi(cooccurrence_counts const& counts, ppmi_options const& options) {
    check(options);
    bool const cuda = takes_cuda(options.device, device_scratch + checked_product(counts.size(), 2 * sizeof(double)));
    auto const& sums = counts.totals();
    auto const bytes = checked_product(sums.nonzeros, sizeof(std::uint32_t) + sizeof(float));
    if (bytes > options.memory_bytes)
        throw error(failure::resource,
                    "PPMI: up to " + format_count(sums.nonzeros) + " entries need " + format_bytes(bytes) + ", "
                        + format_bytes(options.memory_bytes) + " are allowed",
                    {}, "allow more memory, or leave out rare words");
    marginals const terms(sums, options);
    std::vector<std::uint64_t> offsets(counts.size() + 1);
    std::vector<std::uint32_t> columns;
    std::vector<float> values;
    columns.reserve(sums.nonzeros);
    values.reserve(sums.nonzeros);
    auto const threshold = static_cast<float>(options.threshold);
    for (auto&& block : values_of(counts, &terms, threshold, options.threads, cuda))
        for (auto const& e : block) {
            ++offsets[e.row + 1];
            columns.push_back(e.column);
            values.push_back(e.value);
        }
    for (std::size_t r = 0; r < counts.size(); ++r) offsets[r + 1] += offsets[r];
    return {counts.size(), std::move(offsets), std::move(columns), std::move(values)};
}
}
