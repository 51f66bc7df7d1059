// Tokens and megabytes per second of the tokenizers on one thread, on blocks as a reader makes them.
//   tokenize_perf [--file FILE] [--tokenizer NAME] [--json FILE]; without a file on about 32 MB of made English-like
//   text
#include "report.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <time.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.text;

namespace {
constexpr std::size_t block_bytes = 1 << 16;
constexpr int repeats = 5;

/// About 32 MB of words of 1 to 11 letters in lines of 20, with English-like punctuation.
std::string made_text() {
    auto random = wordmill::random_key(1).engine();
    std::string text;
    while (text.size() < 32'000'000) {
        for (int word = 0; word < 20; ++word) {
            for (auto letters = 1 + random.below(5) + random.below(7); letters > 0; --letters)
                text += static_cast<char>('a' + random.below(26));
            if (random.below(12) == 0) text += ',';
            text += word == 19 ? ".\n" : " ";
        }
    }
    return text;
}

std::vector<std::string> blocks_of(std::string const& text) {
    std::vector<std::string> blocks;
    for (std::size_t at = 0; at < text.size();) {
        auto end = std::min(text.size(), at + block_bytes);
        auto const newline = text.rfind('\n', end - 1);
        if (end < text.size() && newline != std::string::npos && newline >= at) end = newline + 1;
        blocks.push_back(text.substr(at, end - at));
        at = end;
    }
    return blocks;
}

struct measured {
    double seconds;
    std::size_t words;
};

/// Processor time of this thread: time of other programs is not included.
double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

measured run_once(wordmill::tokenizer const& tokenize, std::vector<std::string> const& blocks) {
    wordmill::word_block out;
    wordmill::text_block in;
    measured result{0, 0};
    for (auto const& text : blocks) {
        in.text.assign(text); // not measured: a reader writes its blocks anyway
        auto const begin = thread_seconds();
        tokenize(std::move(in), out);
        result.seconds += thread_seconds() - begin;
        result.words += out.words.size();
    }
    return result;
}
}

int main(int argc, char** argv) {
    std::string text;
    if (auto const path = perf::argument(argc, argv, "--file", ""); !path.empty()) {
        std::ifstream file(path, std::ios::binary);
        std::ostringstream bytes;
        bytes << file.rdbuf();
        text = std::move(bytes).str();
    }
    if (text.empty()) text = made_text();
    std::vector<std::string> names{"whitespace", "book", "unicode", "characters", "graphemes"};
    if (auto const name = perf::argument(argc, argv, "--tokenizer", ""); !name.empty()) names = {name};
    auto const blocks = blocks_of(text);
    perf::report report("tokenize", argc, argv);
    for (auto const& name : names) {
        auto const tokenize = wordmill::tokenizer_named(name);
        std::vector<double> seconds;
        std::size_t words = 0;
        for (int repeat = 0; repeat <= repeats; ++repeat) {
            auto const result = run_once(tokenize, blocks);
            words = result.words;
            if (repeat > 0) seconds.push_back(result.seconds); // the first one warms up
        }
        std::sort(seconds.begin(), seconds.end());
        auto const median = seconds[seconds.size() / 2];
        char note[32];
        std::snprintf(note, sizeof note, "%.2f ns/token", median / static_cast<double>(words) * 1e9);
        report.add({.name = name, .bytes = text.size(), .tokens = words, .seconds = median, .note = note});
    }
}
