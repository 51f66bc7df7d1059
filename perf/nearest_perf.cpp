// Seconds of nearest-neighbour queries over random vectors: one query (also on 8-bit rows) and 64 at once, on one
// thread and on all. Also all questions of an analogy set as large as Google's (19,544) over the vocabulary of 17
// million words of Wikipedia.
//   nearest_perf [--words N] [--dimension N] [--indexed N] [--json FILE]
// Then an index over vectors around random centres, distributed like word vectors: seconds to build it and per query,
// and the share of the true ten nearest that it finds. The bytes are those of the table; the tokens are queries.
#include "report.hpp"
#include <array>
#include <chrono>
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

wordmill::word_vectors clustered_vectors(std::size_t words, std::size_t dimension) {
    auto random = wordmill::random_key(2).engine();
    auto const normal = [&] { return random.uniform() + random.uniform() + random.uniform() - 1.5F; };
    std::vector<std::vector<float>> centres(words / 50 + 1, std::vector<float>(dimension));
    for (auto& centre : centres)
        for (auto& value : centre) value = normal();
    wordmill::word_vectors::builder made(dimension);
    made.reserve(words);
    for (std::size_t i = 0; i < words; ++i) {
        auto const& centre = centres[random.below(centres.size())];
        auto const row = made.room();
        for (std::size_t d = 0; d < dimension; ++d) row[d] = 0.5F * centre[d] + normal();
        made.add("w" + std::to_string(i));
    }
    return std::move(made).finish();
}

void measure_index(perf::report& report, std::size_t words, std::size_t dimension, unsigned threads) {
    auto const vectors = clustered_vectors(words, dimension);
    perf::row row{.name = "make an index", .threads = threads, .bytes = words * dimension * sizeof(float)};
    auto const start = std::chrono::steady_clock::now();
    wordmill::neighbour_index const index(vectors, {.threads = threads});
    row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    row.note = "M 16, ef_construction 200";
    report.add(row);
    std::vector<std::string> asked;
    for (std::size_t i = 0; i < 1000; ++i) asked.push_back("w" + std::to_string(i * words / 1000));
    auto const truth = wordmill::nearest(vectors, asked, {.threads = 0}).answers;
    for (std::size_t const ef : {50, 100, 200, 400}) {
        std::vector<std::vector<wordmill::neighbour>> found;
        auto const seconds = perf::median_seconds(3, [&] {
            found.clear();
            for (auto const& word : asked) found.push_back(index.nearest(word, {.ef = ef}));
        });
        std::size_t hits = 0;
        for (std::size_t q = 0; q < asked.size(); ++q)
            for (auto const& t : truth[q])
                for (auto const& n : found[q]) hits += n.id == t.id ? 1 : 0;
        char text[64];
        std::snprintf(text, sizeof text, "recall@10 %.3f, %.3f ms a question",
                      static_cast<double>(hits) / (10 * static_cast<double>(asked.size())),
                      seconds * 1e3 / static_cast<double>(asked.size()));
        report.add({.name = "1000 questions to it, ef " + std::to_string(ef),
                    .tokens = asked.size(),
                    .seconds = seconds,
                    .note = text});
    }
}

/// Seconds of the middle run, and the processor time of a run: time of other programs is not included.
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
        auto const start = std::chrono::steady_clock::now();
        wordmill::quantized_vectors const quick(vectors, 1);
        report.add({.name = "make the rows in 8 bits",
                    .bytes = quick.memory_bytes(),
                    .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()});
        for (auto const t : threads)
            measure(report, {.name = "one question to them", .threads = t, .bytes = quick.memory_bytes(), .tokens = 1},
                    values, 9, [&] { (void)quick.nearest("w" + std::to_string(words / 2), {.threads = t}); });
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
    if (wordmill::neighbour_index_available())
        measure_index(report, std::stoul(perf::argument(argc, argv, "--indexed", "20000")), dimension, threads.back());
}
