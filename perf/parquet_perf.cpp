// Reading a column of Parquet, beside PyArrow's iter_batches on the same files in alternating runs.
// --file TEXT (default: the artificial language), --bytes N of it (default 64M), --python PROGRAM with pyarrow
// (default: build/pyarrow of `scripts/setup.sh --parquet`), --repeats N (default 5)
#include "report.hpp"
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "some_text.hpp"

namespace {
std::string const script = WORDMILL_SOURCE_DIR "/perf/parquet_pyarrow.py";

/// Medians are taken of both, since only the CPU time is free of what else the machine does.
struct timing {
    double wall = 0;
    double processor = 0; ///< of all threads
};

/// The times that a command prints.
timing timing_of(std::string const& command) {
    struct closer {
        void operator()(std::FILE* pipe) const { ::pclose(pipe); }
    };
    std::unique_ptr<std::FILE, closer> const pipe(::popen(command.c_str(), "r"));
    timing t;
    if (!pipe || std::fscanf(pipe.get(), "%lf %lf", &t.wall, &t.processor) != 2) {
        std::fprintf(stderr, "parquet_perf: no times from: %s\n", command.c_str());
        std::exit(1);
    }
    return t;
}

timing timing_of(std::function<void()> const& work) {
    auto const processor = perf::processor_seconds();
    auto const start = std::chrono::steady_clock::now();
    work();
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            perf::processor_seconds() - processor};
}

/// Reads the rows, and splits them when `tokens` is given. Returns the bytes of the text.
std::uint64_t read_rows(std::string const& name, unsigned threads, std::uint64_t* tokens) {
    wordmill::parquet_options options;
    options.threads = threads;
    std::uint64_t bytes = 0;
    auto blocks = wordmill::read_parquet(wordmill::find_inputs(std::vector{name}), options);
    if (tokens == nullptr) {
        for (auto const& block : blocks) bytes += block.text.size();
        return bytes;
    }
    auto const split = wordmill::whitespace_tokenizer();
    *tokens = 0;
    for (auto const& block : wordmill::parallel(std::move(blocks), split, {.threads = threads}))
        *tokens += block.words.size();
    return bytes;
}

double median(std::vector<timing> const& all, double timing::* which) {
    std::vector<double> seconds;
    for (auto const& each : all) seconds.push_back(each.*which);
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
}

/// What is measured in turn: our run, and the same of PyArrow.
struct pair_of_runs {
    std::string name;
    std::string theirs;
    unsigned threads;
    bool tokens;
    std::vector<timing> ours{};
    std::vector<timing> pyarrow{};
};
}

int main(int argc, char** argv) {
    auto const python = perf::argument(argc, argv, "--python", WORDMILL_SOURCE_DIR "/build/pyarrow/bin/python3");
    auto const repeats = std::stoi(perf::argument(argc, argv, "--repeats", "5"));
    perf::report report("parquet", argc, argv);
    if (!wordmill::parquet_available() || std::system((python + " -c 'import pyarrow' 2>/dev/null").c_str()) != 0) {
        std::printf("skipped: needs a Parquet reader and pyarrow (scripts/setup.sh --parquet)\n");
        return 0;
    }
    auto const folder = std::filesystem::temp_directory_path() / ("parquet_perf." + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    auto const text = folder / "text.txt";
    auto const bytes = wordmill::parse_bytes(perf::argument(argc, argv, "--bytes", "64M"), "--bytes");
    auto lines = perf::some_text(perf::argument(argc, argv, "--file", ""), bytes);
    lines.resize(lines.rfind('\n') + 1);
    std::ofstream(text, std::ios::binary) << lines;
    struct layout {
        std::string codec;
        std::string rows; ///< of a row group
    };
    for (auto const& each : {layout{"zstd", "1000"}, layout{"snappy", "1000000"}}) {
        auto const file = (folder / (each.codec + ".parquet")).string();
        auto const make =
            python + " " + script + " make " + text.string() + " " + file + " " + each.codec + " " + each.rows;
        if (std::system(make.c_str()) != 0) return 1;
        std::uint64_t tokens = 0;
        read_rows(file, 1, &tokens);
        auto const size = read_rows(file, 1, nullptr);
        std::vector<pair_of_runs> runs;
        for (unsigned const threads : {1U, 2U}) {
            runs.push_back({"rows", "arrays", threads, false});
            runs.push_back({"rows as strings", "strings", threads, false});
            runs.push_back({"rows and tokens", "tokens", threads, true});
        }
        for (int repeat = 0; repeat <= repeats; ++repeat) // the first one warms up
            for (auto& run : runs) {
                auto const ours = timing_of([&] {
                    std::uint64_t counted = 0;
                    read_rows(file, run.threads, run.tokens ? &counted : nullptr);
                });
                auto const pyarrow = timing_of(python + " " + script + " " + run.theirs + " " + file + " "
                                               + std::to_string(run.threads));
                if (repeat == 0) continue;
                run.ours.push_back(ours);
                run.pyarrow.push_back(pyarrow);
            }
        auto const rows = wordmill::contents_of_parquet(wordmill::find_inputs(std::vector{file}).front()).rows;
        for (auto const& run : runs) {
            auto const seconds = median(run.ours, &timing::wall);
            char note[128];
            std::snprintf(note, sizeof note, "%.2f M rows/s; PyArrow's %s: %.2f x the time, %.2f x the CPU time",
                          static_cast<double>(rows) / seconds * 1e-6, run.theirs.c_str(),
                          median(run.pyarrow, &timing::wall) / seconds,
                          median(run.pyarrow, &timing::processor) / median(run.ours, &timing::processor));
            report.add({.name = each.codec + " by " + each.rows + " rows: " + run.name,
                        .threads = run.threads,
                        .bytes = size,
                        .tokens = tokens,
                        .seconds = seconds,
                        .note = note});
        }
    }
    std::filesystem::remove_all(folder);
}
