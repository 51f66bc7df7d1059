// The output of every perf program: a table of rates, and the same as JSON lines for --json FILE.
#pragma once
#include "vector_target.hpp"
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <utility>
#include <vector>

namespace perf {
/// Median seconds of `repeats` runs, after a warm-up run.
template <class Work> double median_seconds(int repeats, Work work) {
    std::vector<double> seconds;
    for (int i = 0; i <= repeats; ++i) {
        auto const start = std::chrono::steady_clock::now();
        work();
        auto const elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (i > 0) seconds.push_back(elapsed);
    }
    std::nth_element(seconds.begin(), seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2), seconds.end());
    return seconds[seconds.size() / 2];
}

/// Peak resident memory of this process so far, bytes.
inline std::uint64_t peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// Processor time of this process, or of its children that ended, seconds.
inline double processor_seconds(int who = RUSAGE_SELF) {
    rusage usage{};
    getrusage(who, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/// One measurement. Fields that do not apply stay 0.
struct row {
    std::string name;
    unsigned threads = 1;
    std::uint64_t bytes = 0;  ///< of decoded text, per run
    std::uint64_t tokens = 0; ///< per run
    double seconds = 0;       ///< median of the runs
    std::string note{};       ///< "2.1 x fastText", "0.8 ns/token", ...
    std::string device{"cpu"};
};

/// Prints rows as they come, and writes them as JSON lines at the end when the command line says `--json FILE`. Made
/// before anything is measured: it limits the vector instructions to those of WORDMILL_VECTOR_TARGET in the
/// environment.
class report {
public:
    report(std::string title, int argc, char** argv) : title_(std::move(title)) {
        for (int i = 1; i + 1 < argc; ++i)
            if (std::string(argv[i]) == "--json") json_.open(argv[i + 1], std::ios::app);
        if (!vector_target::limit_as_asked()) {
            std::fprintf(stderr, "WORDMILL_VECTOR_TARGET: this processor has no %s; its best is %s\n",
                         std::getenv("WORDMILL_VECTOR_TARGET"), vector_target::chosen().c_str());
            std::exit(69);
        }
        std::printf("vector instructions: %s\n", vector_target::chosen().c_str());
        std::printf("%-34s %7s %9s %9s %10s %12s  %s\n", title_.c_str(), "threads", "MB", "seconds", "MB/s",
                    "M tokens/s", "note");
    }
    void add(row const& r) {
        auto const mb = static_cast<double>(r.bytes) * 1e-6;
        auto const tokens = static_cast<double>(r.tokens) * 1e-6;
        std::printf("%-34s %7u %9.1f %9.3f %10.1f %12.2f  %s\n", r.name.c_str(), r.threads, mb, r.seconds,
                    mb / r.seconds, tokens / r.seconds, r.note.c_str());
        std::fflush(stdout);
        if (json_)
            json_ << "{\"perf\":\"" << title_ << "\",\"name\":\"" << r.name << "\",\"device\":\"" << r.device
                  << "\",\"vectors\":\"" << vector_target::chosen()
                  << "\",\"cores\":" << std::thread::hardware_concurrency() << ",\"threads\":" << r.threads
                  << ",\"bytes\":" << r.bytes << ",\"tokens\":" << r.tokens << ",\"seconds\":" << r.seconds
                  << ",\"bytes_per_second\":" << static_cast<double>(r.bytes) / r.seconds
                  << ",\"tokens_per_second\":" << static_cast<double>(r.tokens) / r.seconds << ",\"note\":\"" << r.note
                  << "\"}\n";
    }

private:
    std::string title_;
    std::ofstream json_;
};

/// The value after `option`, or `otherwise`.
inline std::string argument(int argc, char** argv, std::string const& option, std::string otherwise) {
    for (int i = 1; i + 1 < argc; ++i)
        if (option == argv[i]) return argv[i + 1];
    return otherwise;
}
}
