// Tokens per second of splitting, counting and encoding a plain file read block by block, without decoder or policy.
//   count_perf [--file FILE] [--threads N] [--memory 64M] [--repeats N] [--json FILE]
//   count_perf --distinct 20M --memory 64M     20 million types, each once, and a pass over the result
// The note has the CPU time, which is more reliable than wall time on a shared machine.
#include "report.hpp"
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace {
/// Blocks of whole lines straight from a file, without decoder or policy, to measure the counter alone.
wordmill::generator<wordmill::text_block> raw_blocks(std::string path) {
    constexpr std::size_t size = 1 << 16;
    int const file = ::open(path.c_str(), O_RDONLY);
    if (file < 0) throw wordmill::error(wordmill::failure::no_input, "cannot be opened", {.file = path});
    std::string rest;
    std::string buffer(size, '\0');
    for (;;) {
        auto const got = ::read(file, buffer.data(), size);
        if (got <= 0) break;
        auto const bytes = static_cast<std::size_t>(got);
        auto cut = buffer.rfind('\n', bytes - 1);
        if (cut == std::string::npos || cut >= bytes) {
            rest.append(buffer, 0, bytes);
            continue;
        }
        wordmill::text_block block;
        block.text.reserve(rest.size() + cut + 1);
        block.text.append(rest).append(buffer, 0, cut + 1);
        rest.assign(buffer, cut + 1, bytes - cut - 1);
        co_yield std::move(block);
    }
    ::close(file);
    if (!rest.empty()) {
        wordmill::text_block block;
        block.text = rest + '\n';
        co_yield std::move(block);
    }
}

/// `types` words of 7 to 12 letters, all different, in no order.
wordmill::generator<wordmill::text_block> distinct_words(std::uint64_t types) {
    for (std::uint64_t i = 0; i < types;) {
        wordmill::text_block block;
        for (auto const last = std::min(types, i + 8000); i < last; ++i) {
            for (auto code = i * 0x9E3779B97F4A7C15 >> 12; code > 0; code /= 26)
                block.text += static_cast<char>('a' + code % 26);
            block.text += i % 20 == 19 ? '\n' : ' ';
        }
        block.text.back() = '\n';
        co_yield std::move(block);
    }
}

/// The same words for every measurement: rank u^3 of 300,000 types, generated once.
std::string made_up_text() {
    auto random = wordmill::random_key(1).engine();
    std::string text;
    for (int i = 0; i < 2000000; ++i) {
        auto const u = random.uniform_double();
        text += "w" + std::to_string(static_cast<std::uint64_t>(300000 * u * u * u)) + (i % 20 == 19 ? '\n' : ' ');
    }
    return text;
}

double cpu_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Runs `work` and reports it; `work` returns the number of tokens.
template <class Work>
void measure(perf::report& report, std::string name, unsigned threads, std::uint64_t bytes, int repeats, Work work) {
    std::uint64_t tokens = 0;
    double cpu = 1e9;
    auto const seconds = perf::median_seconds(repeats, [&] {
        auto const start = cpu_seconds();
        tokens = work();
        cpu = std::min(cpu, cpu_seconds() - start);
    });
    char note[96];
    std::snprintf(note, sizeof note, "%.1f ns CPU/token, peak %.0f MiB", cpu / static_cast<double>(tokens) * 1e9,
                  static_cast<double>(perf::peak_memory()) / (1 << 20));
    report.add({.name = std::move(name),
                .threads = threads,
                .bytes = bytes,
                .tokens = tokens,
                .seconds = seconds,
                .note = note});
}
}

int main(int argc, char** argv) {
    auto path = perf::argument(argc, argv, "--file", "");
    auto const memory = wordmill::parse_bytes(perf::argument(argc, argv, "--memory", "0"), "--memory");
    auto const repeats = std::atoi(perf::argument(argc, argv, "--repeats", "3").c_str());
    auto const only = std::atoi(perf::argument(argc, argv, "--threads", "0").c_str());
    perf::report report("count", argc, argv);
    auto const split = wordmill::whitespace_tokenizer();
    if (auto const text = perf::argument(argc, argv, "--distinct", ""); !text.empty()) {
        auto const types = wordmill::parse_count(text, "--distinct");
        measure(report, "count distinct words, walk result", 2, 0, std::max(1, repeats), [&] {
            auto const counts =
                wordmill::count_words(distinct_words(types), split, {.memory_bytes = memory, .threads = 2});
            std::uint64_t walked = 0;
            for (auto const& entry : counts.words()) walked += entry.count;
            std::printf("  %llu types, %llu runs on disk\n", static_cast<unsigned long long>(counts.types()),
                        static_cast<unsigned long long>(counts.spilled_runs()));
            return walked;
        });
        return 0;
    }
    std::string temporary;
    if (path.empty()) {
        path = temporary = "count_perf.tmp";
        auto const text = made_up_text();
        auto* const file = std::fopen(path.c_str(), "wb");
        if (!file || std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fclose(file) != 0) return 1;
    }
    std::uint64_t bytes = 0;
    for (auto const& block : raw_blocks(path)) bytes += block.text.size();
    for (unsigned const threads : {1U, 2U}) {
        if (only != 0 && static_cast<unsigned>(only) != threads) continue;
        wordmill::counted_words counts;
        measure(report, "split at whitespace", threads, bytes, repeats, [&] {
            std::uint64_t tokens = 0;
            auto words = raw_blocks(path) | wordmill::parallel(split, {.threads = threads});
            for (auto const& block : words) tokens += block.words.size();
            return tokens;
        });
        measure(report, "split and count", threads, bytes, repeats, [&] {
            counts = {};
            counts = wordmill::count_words(raw_blocks(path), split, {.memory_bytes = memory, .threads = threads});
            return counts.tokens();
        });
        std::printf("  %llu types, %llu runs on disk\n", static_cast<unsigned long long>(counts.types()),
                    static_cast<unsigned long long>(counts.spilled_runs()));
        wordmill::vocabulary const words(counts, {.min_count = 5});
        measure(report, "split and encode", threads, bytes, repeats, [&] {
            std::uint64_t tokens = 0;
            auto ids = raw_blocks(path) | wordmill::parallel(wordmill::encode(split, words), {.threads = threads});
            for (auto const& block : ids) tokens += block.ids.size();
            return tokens;
        });
    }
    if (!temporary.empty()) std::remove(temporary.c_str());
}
