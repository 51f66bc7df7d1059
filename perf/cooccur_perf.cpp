// Speed of counting co-occurrences: sorting keys, counting pairs of a stream of ids, reading the matrix, its PPMI.
//   cooccur_perf [--file FILE] [--window 5] [--threads N] [--memory 1G] [--repeats N] [--json FILE]
//                [--device cpu|cuda|auto]
// Words of FILE with 5 occurrences or more count; without it, 5 million words of the artificial language.
#include "report.hpp"
#include <algorithm>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <thrust/sort.h>
#include <thrust/system/tbb/execution_policy.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.compute;
import wordmill.pipeline;
import wordmill.stats;
import wordmill.stream;
import wordmill.text;
#include "device.hpp"

namespace {
std::vector<std::uint64_t> random_pairs(std::size_t count) {
    std::vector<std::uint64_t> keys;
    keys.reserve(count);
    auto rng = wordmill::random_key(1).engine();
    auto const id = [&] {
        auto const u = rng.uniform();
        return wordmill::id_at(static_cast<std::size_t>(u * u * u * 71'000));
    };
    for (std::size_t i = 0; i < count; ++i) keys.push_back(wordmill::token_pair(id(), id(), 1).packed());
    return keys;
}

std::string rate(double count, double seconds, char const* what) {
    char text[64];
    std::snprintf(text, sizeof text, "%.1f M %s/s", count / seconds * 1e-6, what);
    return text;
}

void measure_sorting(perf::report& report, int repeats, perf::chosen_device const& device) {
    auto const keys = random_pairs(10'000'000);
    std::vector<std::uint64_t> copy(keys.size());
    std::vector<std::uint64_t> space(keys.size());
    auto const add = [&](char const* name, unsigned threads, auto sort) {
        std::vector<double> seconds;
        for (int i = 0; i <= repeats; ++i) {
            copy = keys;
            auto const start = std::chrono::steady_clock::now();
            sort();
            seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        }
        std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2),
                         seconds.end());
        auto const middle = seconds[seconds.size() / 2];
        report.add({.name = name,
                    .threads = threads,
                    .bytes = keys.size() * 8,
                    .seconds = middle,
                    .note = rate(static_cast<double>(keys.size()), middle, "keys")});
    };
    add("radix_sort, 34 bits", 1, [&] {
        wordmill::radix_sort(copy, space, 8, 25);
        wordmill::radix_sort(copy, space, 36, 53);
    });
    if (device.name == "cuda")
        add("sort_keys on the GPU, there and back", 1, [&] { wordmill::sort_keys(copy, 8, 42, device.wanted); });
    add("std::sort", 1, [&] { std::ranges::sort(copy); });
    add("thrust::sort on oneTBB", std::thread::hardware_concurrency(),
        [&] { thrust::sort(thrust::tbb::par, copy.begin(), copy.end()); });
}
}

int main(int argc, char** argv) try {
    auto const option = [&](std::string const& name, std::string const& otherwise) {
        return perf::argument(argc, argv, name, otherwise);
    };
    auto const file = option("--file", "");
    auto const radius = static_cast<std::uint32_t>(std::stoul(option("--window", "5")));
    auto const all = wordmill::resolve_threads(std::stol(option("--threads", "0"))).count;
    auto const repeats = std::max(1, std::stoi(option("--repeats", "3")));
    auto const memory = wordmill::parse_bytes(option("--memory", "1G"), "--memory");
    auto const text = [&] [[clang::coro_wrapper]] {
        return file.empty() ? wordmill::synthetic_text(wordmill::synthetic_language({}), {.tokens = 5'000'000})
                            : wordmill::read_text(file);
    };
    auto const words = wordmill::whitespace_tokenizer();
    wordmill::vocabulary const vocabulary(wordmill::count_words(text(), words), {.min_count = 5});
    auto const tokens = vocabulary.tokens() + vocabulary.dropped_tokens();
    auto const device = perf::device_argument(argc, argv, false);
    perf::report report("co-occurrence, radius " + std::to_string(radius), argc, argv);
    measure_sorting(report, repeats, device);
    wordmill::window_options const windows{.radius = radius, .shrink = false};
    std::vector<unsigned> threads{1};
    if (all > 1) threads.push_back(all);
    for (auto const t : threads) {
        wordmill::cooccurrence_counts counts;
        auto seconds = perf::median_seconds(repeats, [&] {
            counts = {};
            counts = wordmill::count_cooccurrences(
                vocabulary.size(),
                wordmill::with_borders(text() | wordmill::parallel(wordmill::encode(words, vocabulary), {.threads = t}),
                                       windows),
                wordmill::cooccurrence_pairs(windows),
                {.radius = radius, .threads = t, .memory_bytes = memory, .device = device.wanted});
        });
        auto const pairs = static_cast<double>(counts.totals().all) / 2;
        report.add({.name = "from text to counts",
                    .threads = t,
                    .tokens = tokens,
                    .seconds = seconds,
                    .note = rate(pairs, seconds, "pairs"),
                    .device = device.name});
        std::uint64_t entries = 0;
        seconds = perf::median_seconds(repeats, [&] {
            entries = 0;
            for (auto const block : counts.entries()) entries += block.size();
        });
        report.add({.name = "reading the counts",
                    .threads = t,
                    .bytes = entries * 16,
                    .seconds = seconds,
                    .note = rate(static_cast<double>(entries), seconds, "entries")});
        std::size_t kept = 0;
        seconds = perf::median_seconds(repeats, [&] {
            kept =
                wordmill::ppmi(counts, {.threads = t, .memory_bytes = std::uint64_t{8} << 30, .device = device.wanted})
                    .view()
                    .nonzeros();
        });
        report.add({.name = "PPMI",
                    .threads = t,
                    .seconds = seconds,
                    .note = rate(static_cast<double>(entries), seconds, "entries") + ", kept " + std::to_string(kept),
                    .device = device.name});
    }
    std::printf("peak memory %.0f MiB\n", static_cast<double>(perf::peak_memory()) / 1048576);
} catch (std::exception const& e) {
    std::fprintf(stderr, "cooccur_perf: %s\n", e.what());
    return 1;
}
