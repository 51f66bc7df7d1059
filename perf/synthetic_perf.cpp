// Speed and memory of writing the artificial language on one core. --tokens N (default 20M)
#include "report.hpp"
#include <cstdint>
#include <string>
import wordmill.core;
import wordmill.corpora;
import wordmill.stream;
import wordmill.text;

namespace {
perf::row measure(std::string name, wordmill::language_options options, std::uint64_t tokens) {
    wordmill::synthetic_language const language(options);
    std::uint64_t bytes = 0;
    double const seconds = perf::median_seconds(3, [&] {
        bytes = 0;
        for (auto const& block : synthetic_text(language, {.tokens = tokens})) bytes += block.text.size();
    });
    auto const peak = wordmill::format_bytes(perf::peak_memory());
    return {.name = std::move(name), .bytes = bytes, .tokens = tokens, .seconds = seconds, .note = "peak " + peak};
}
}

int main(int argc, char** argv) {
    auto const tokens = wordmill::parse_count(perf::argument(argc, argv, "--tokens", "20M"), "--tokens");
    perf::report report("synthetic text", argc, argv);
    report.add(measure("50 thousand types", {}, tokens));
    report.add(measure("20 million types", {.types = 20'000'000}, tokens));
    report.add(measure("50 thousand types, exponent 0.9", {.zipf_exponent = 0.9}, tokens));
    report.add(measure("half of the tokens used once", {.one_use_share = 0.5}, tokens));
}
