// Speed and memory of pairs on their way to a model: reading, tokenizing, encoding, shuffling and padding.
//   pairs_perf [--pairs N] [--threads N] [--repeats N] [--json FILE]
// The pairs are generated dates, in a temporary file of N lines (100,000 by default). Memory must not depend on N: run
// it again with 100 times as many. The note has pairs per second and the peak memory of the process.
#include "report.hpp"
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>
import wordmill.batch;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

int main(int argc, char** argv) {
    auto const pairs = std::strtoull(perf::argument(argc, argv, "--pairs", "100000").c_str(), nullptr, 10);
    auto const threads = static_cast<unsigned>(std::atoi(perf::argument(argc, argv, "--threads", "1").c_str()));
    auto const repeats = std::atoi(perf::argument(argc, argv, "--repeats", "3").c_str());
    perf::report report("pairs", argc, argv);
    auto const path = (std::filesystem::temp_directory_path() / "wordmill_pairs_perf.txt").string();
    std::uint64_t bytes = 0;
    {
        wordmill::output_file file(path, {.overwrite = true});
        for (auto const& block : wordmill::generated_dates({.pairs = pairs})) {
            auto const text = plain_text(block, "\t");
            bytes += text.size();
            file.write(text);
        }
        file.commit();
    }
    auto const inputs = wordmill::find_inputs(std::vector{path});
    auto const split = wordmill::characters({.keep_blanks = true});
    auto const counts = wordmill::count_pair_words(wordmill::generated_dates({.pairs = 10'000}), split, split,
                                                   {.memory_bytes = std::uint64_t{64} << 20});
    auto const source = sequence_vocabulary(counts.source), target = sequence_vocabulary(counts.target);
    wordmill::sequence_batch_options const how{.source = wordmill::sequence_marks_of(source),
                                               .target = wordmill::sequence_marks_of(target)};
    std::uint64_t read = 0;
    auto const seconds = perf::median_seconds(repeats, [&] {
        read = 0;
        auto ids = wordmill::read_pairs(inputs, wordmill::pair_options{})
                   | wordmill::parallel(wordmill::encode_pairs({split, source}, {split, target}), {.threads = threads});
        for (auto const& batch : sequence_batches(std::move(ids), how)) read += batch.lanes;
    });
    std::filesystem::remove(path);
    char note[100];
    std::snprintf(note, sizeof note, "%.0f pairs/s, peak %.1f MiB", static_cast<double>(read) / seconds,
                  static_cast<double>(perf::peak_memory()) / (1024 * 1024));
    report.add({.name = std::to_string(read) + " pairs",
                .threads = threads,
                .bytes = bytes,
                .tokens = read,
                .seconds = seconds,
                .note = note});
}
