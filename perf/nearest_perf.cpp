// Seconds for nearest words over random vectors, one question and 64 at once, on one thread and on all; and for all
// questions of an analogy set as large as Google's (19,544) over the vocabulary of 17 million words of Wikipedia.
//   nearest_perf [--words N] [--dimension N] [--json FILE]
// The bytes are those of the table; the tokens are questions.
#include "report.hpp"
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <thread>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.vectors;

namespace {
wordmill::word_vectors random_vectors(std::size_t words, std::size_t dimension) {
    auto random = wordmill::random_key(1).engine();
    wordmill::word_vectors::builder made(dimension);
    made.reserve(words);
    for (std::size_t i = 0; i < words; ++i) {
        for (auto& value : made.room())
            value = static_cast<float>(static_cast<double>(random.below(2001)) - 1000) * 1e-3F;
        made.add("w" + std::to_string(i));
    }
    return std::move(made).finish();
}

/// Seconds of the middle run, and the processor time of a run: what other programs take does not count there.
template <class Work>
void measure(perf::report& report, perf::row row, std::uint64_t products, int repeats, Work work) {
    auto const before = std::clock();
    row.seconds = perf::median_seconds(repeats, work);
    auto const busy = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / (repeats + 1);
    char text[64];
    std::snprintf(text, sizeof text, "%.1f ms of processor time, %.1f GFLOP/s", busy * 1e3,
                  2e-9 * static_cast<double>(products) / busy);
    row.note = text;
    report.add(row);
}
}

int main(int argc, char** argv) {
    auto const words = std::stoul(perf::argument(argc, argv, "--words", "1000000"));
    auto const dimension = std::stoul(perf::argument(argc, argv, "--dimension", "300"));
    perf::report report("nearest", argc, argv);
    std::vector<unsigned> threads{1};
    if (auto const all = std::thread::hardware_concurrency(); all > 1) threads.push_back(all);
    {
        auto const vectors = random_vectors(words, dimension);
        auto const values = std::uint64_t{words} * dimension;
        for (std::size_t const count : {1, 64})
            for (auto const t : threads) {
                std::vector<std::string> asked;
                for (std::size_t i = 0; i < count; ++i) asked.push_back("w" + std::to_string(i * words / count));
                measure(report,
                        {.name = count == 1 ? "one question" : "64 questions",
                         .threads = t,
                         .bytes = values * sizeof(float),
                         .tokens = count},
                        values * count, 5, [&] { (void)wordmill::nearest(vectors, asked, {.threads = t}); });
            }
    }
    constexpr std::size_t rows = 67'976, columns = 100, count = 19'544;
    auto const vectors = random_vectors(rows, columns);
    std::vector<std::array<wordmill::token_id, 3>> questions;
    for (std::size_t i = 0; i < count; ++i)
        questions.push_back({wordmill::id_at(i), wordmill::id_at(i + 1), wordmill::id_at(i + 2)});
    for (auto const t : threads)
        measure(report,
                {.name = "19544 analogies, 67976 x 100",
                 .threads = t,
                 .bytes = rows * columns * sizeof(float),
                 .tokens = count},
                std::uint64_t{rows} * columns * count, 1,
                [&] { (void)wordmill::analogy_ids(vectors, questions, {.top = 1, .threads = t}); });
}
