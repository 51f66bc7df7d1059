// Decoding speed of each codec, compared with the codec's own command.
// --file NAME (a text, stored in any codec; default: the artificial language), --bytes N of it (default 32M),
// --codec NAME alone
#include "report.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <utility>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "some_text.hpp"

namespace {
constexpr int repeats = 3;

struct subject {
    wordmill::codec codec;
    std::string command; ///< decodes to standard output; empty if there is none
    int level;
    std::size_t part_bytes; ///< decoded bytes of a member; 0 = one member
};

struct timing {
    double seconds = 0;   ///< wall time, the median
    double processor = 0; ///< CPU time of all threads, per run
};

template <class Work> timing measure(int who, Work work) {
    auto const before = perf::processor_seconds(who);
    timing t;
    t.seconds = perf::median_seconds(repeats, work);
    t.processor = (perf::processor_seconds(who) - before) / (repeats + 1);
    return t;
}

std::uint64_t read_through(std::string const& name, unsigned threads) {
    std::uint64_t bytes = 0;
    for (auto const& block : wordmill::read_bytes({.name = name}, {.threads = threads})) bytes += block.bytes.size();
    return bytes;
}

/// Members one after the other, as `cat` would join them.
void write_members(subject const& s, std::string_view text, std::string const& name) {
    std::ofstream joined(name, std::ios::binary);
    auto const part = s.part_bytes == 0 ? text.size() : s.part_bytes;
    for (std::size_t at = 0; at < text.size(); at += part) {
        auto const member = name + ".member";
        wordmill::output_file out(member, {.overwrite = true, .compression = s.codec, .level = s.level});
        out.write(text.substr(at, part));
        out.commit();
        joined << std::ifstream(member, std::ios::binary).rdbuf();
        std::filesystem::remove(member);
    }
}

std::string ratio(double ours, double theirs) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", theirs / ours);
    return text;
}

void report_codec(perf::report& report, subject const& s, std::string_view text, std::string const& folder) {
    auto const file = folder + "/text." + std::string(name(s.codec));
    write_members(s, text, file);
    auto const label = std::string(name(s.codec)) + (s.part_bytes != 0 ? ", members of 4 MB" : ", one member");
    timing command;
    if (!s.command.empty() && std::system((s.command + " --version >/dev/null 2>&1").c_str()) == 0) {
        command = measure(RUSAGE_CHILDREN, [&] {
            if (std::system((s.command + " -dc < '" + file + "' > /dev/null").c_str()) != 0) std::exit(1);
        });
        report.add({.name = s.command + " -dc: " + label,
                    .bytes = text.size(),
                    .seconds = command.seconds,
                    .note = std::to_string(std::filesystem::file_size(file)) + " bytes stored"});
    }
    for (unsigned threads : {1u, 2u}) {
        auto const ours = measure(RUSAGE_SELF, [&] {
            if (read_through(file, threads) != text.size()) std::exit(1);
        });
        std::string note;
        if (command.seconds > 0)
            note = ratio(ours.seconds, command.seconds) + " x " + s.command + ", by processor time "
                   + ratio(ours.processor, command.processor) + " x";
        report.add({.name = label, .threads = threads, .bytes = text.size(), .seconds = ours.seconds, .note = note});
    }
    std::filesystem::remove(file);
}
}

int main(int argc, char** argv) {
    auto const wanted = wordmill::parse_bytes(perf::argument(argc, argv, "--bytes", "32M"), "--bytes");
    auto const text = perf::some_text(perf::argument(argc, argv, "--file", ""), wanted);

    auto folder = (std::filesystem::temp_directory_path() / "wordmill-perf-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return 1;
    perf::report report("decode", argc, argv);
    constexpr std::size_t part = 4'000'000;
    using wordmill::codec;
    subject const subjects[] = {
        {codec::none, "", 0, 0},     {codec::gzip, "gzip", 6, 0},    {codec::gzip, "gzip", 6, part},
        {codec::zstd, "zstd", 3, 0}, {codec::zstd, "zstd", 3, part}, {codec::bzip2, "bzip2", 9, 0},
        {codec::xz, "xz", 2, 0},     {codec::xz, "xz", 2, part},
    };
    auto const only = perf::argument(argc, argv, "--codec", "");
    for (auto const& s : subjects)
        if (only.empty() || only == name(s.codec)) report_codec(report, s, text, folder);
    std::filesystem::remove_all(folder);
}
