// Entries per second of training GloVe on a co-occurrence matrix, and of distributing its entries, on one thread and on
// all.
//   glove_perf [--file cooccurrence.bin] [--dimension 100] [--epochs 3] [--threads N] [--types 30000] [--json FILE]
// The file is written by GloVe's `cooccur`, by `wordmill cooccur`, or in another known format. Without one, the matrix
// is that of random pairs whose ids follow Zipf's law. The tokens are entries, the bytes those of the shuffled
// entries; the seconds are of the middle epoch.
#include "report.hpp"
#include <algorithm>
#include <array>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.glove;
import wordmill.stats;
import wordmill.stream;

namespace {
constexpr std::uint64_t unit = 360360; // weights are sums of 1 / distance, of distances to 15

/// Pairs of ids whose logarithms are uniform: rank r has a share of about 1 / (r + 1).
wordmill::cooccurrence_counts zipf(std::size_t types) {
    auto rng = wordmill::random_key(1).engine();
    auto const draw = [&] {
        auto const rank = std::pow(static_cast<double>(types), rng.uniform_double()) - 1;
        return std::min(static_cast<std::uint64_t>(rank), std::uint64_t{types} - 1);
    };
    std::vector<std::uint64_t> pairs(20'000'000);
    for (auto& pair : pairs) {
        auto const row = draw();
        pair = row << 32 | draw();
    }
    std::sort(pairs.begin(), pairs.end());
    std::vector<wordmill::cooccurrence> entries;
    for (auto const pair : pairs) {
        auto const row = wordmill::id_at(pair >> 32);
        auto const column = wordmill::id_at(pair & 0xFFFFFFFF);
        if (entries.empty() || entries.back().row != row || entries.back().column != column)
            entries.push_back({row, column, 0});
        entries.back().weight += unit;
    }
    return {types, unit, std::move(entries)};
}
}

int main(int argc, char** argv) try {
    auto const option = [&](std::string const& name, std::string const& otherwise) {
        return perf::argument(argc, argv, name, otherwise);
    };
    auto const file = option("--file", "");
    auto const counts = file.empty() ? zipf(std::stoul(option("--types", "30000")))
                                     : wordmill::load_cooccurrences(file, {.unit = unit});
    auto const dimension = std::stoul(option("--dimension", "100"));
    auto const epochs = std::max(1, std::stoi(option("--epochs", "3")));
    auto const all = wordmill::resolve_threads(std::stol(option("--threads", "0"))).count;
    perf::report report("GloVe, D " + std::to_string(dimension) + ", "
                            + std::string(wordmill::glove_model::instruction_set()),
                        argc, argv);
    constexpr std::uint64_t much = std::uint64_t{1} << 40;
    wordmill::shuffled_cooccurrences entries(counts, {.memory_bytes = much});
    auto const bytes = entries.entries() * sizeof(wordmill::placed_cooccurrence);
    for (auto const memory : {much, std::uint64_t{64} << 20}) {
        bool spilled = false;
        auto const seconds = perf::median_seconds(
            1, [&] { spilled = wordmill::shuffled_cooccurrences(counts, {.memory_bytes = memory}).spilled(); });
        report.add({.name = spilled ? "deal out, to disk" : "deal out",
                    .bytes = bytes,
                    .tokens = entries.entries(),
                    .seconds = seconds,
                    .note = std::to_string(counts.size()) + " types"});
    }
    std::vector<unsigned> threads{1};
    if (all > 1) threads.push_back(all);
    for (auto const t : threads) {
        wordmill::glove_model model({.vocabulary_size = counts.size(), .dimension = dimension},
                                    wordmill::random_key(1));
        wordmill::loss_sum loss;
        std::uint64_t epoch = 0;
        auto const before = std::clock();
        auto const seconds = perf::median_seconds(
            epochs, [&] { loss = wordmill::train_glove_epoch(model, entries, {.threads = t, .epoch = epoch++}); });
        auto const busy = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC / (epochs + 1);
        std::array<char, 96> note{};
        std::snprintf(note.data(), note.size(), "loss %.5f, %.0f ns of processor time an entry", loss.mean(),
                      busy * 1e9 / static_cast<double>(entries.entries()));
        report.add({.name = "an epoch",
                    .threads = t,
                    .bytes = bytes,
                    .tokens = entries.entries(),
                    .seconds = seconds,
                    .note = note.data()});
    }
} catch (std::exception const& e) {
    std::fprintf(stderr, "glove_perf: %s\n", e.what());
    return 1;
}
