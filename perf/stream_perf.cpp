// Overhead of the stream per token: the same work (a sum over the ids of each block) in a plain loop, through hops of
// block generators and of a generator per element, and through the ordered parallel map. Blocks have the tokens of 64
// KiB of English text.
#include "report.hpp"
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.stream;
import wordmill.text;

namespace {
constexpr std::size_t tokens_per_block = 11000, block_count = 1000;
constexpr std::uint64_t token_count = tokens_per_block * block_count;
std::uint64_t volatile sink = 0;

void fill(wordmill::token_block& block, std::size_t number) {
    block.ids.resize(tokens_per_block);
    auto x = static_cast<std::uint32_t>(number);
    for (auto& id : block.ids) id = wordmill::token_id{x = x * 1664525 + 1013904223};
    block.start.block = number;
    block.next.block = number + 1;
}

std::uint64_t sum(wordmill::token_block const& block) {
    std::uint64_t total = 0;
    for (auto id : block.ids) total += static_cast<std::uint64_t>(wordmill::index(id)) ^ total >> 7;
    return total;
}

wordmill::generator<wordmill::token_block> blocks() {
    for (std::size_t i = 0; i < block_count; ++i) {
        wordmill::token_block block;
        fill(block, i);
        co_yield std::move(block);
    }
}

wordmill::generator<std::uint32_t> elements(wordmill::generator<wordmill::token_block> source) {
    for (auto&& block : source)
        for (auto id : block.ids) co_yield static_cast<std::uint32_t>(wordmill::index(id));
}

struct pass {
    wordmill::token_block operator()(wordmill::token_block&& block) const { return std::move(block); }
};
struct work {
    wordmill::token_block operator()(wordmill::token_block&& block) const {
        block.dropped = sum(block);
        return std::move(block);
    }
};

void drain(wordmill::generator<wordmill::token_block> source) {
    for (auto&& block : source) sink = sink + block.dropped;
}
}

int main(int argc, char** argv) {
    perf::report report("stream", argc, argv);
    constexpr int repeats = 7;
    double plain = 0;
    auto const row = [&](std::string name, unsigned threads, double seconds, double hops) {
        char note[96] = "";
        auto const ns = (seconds - plain) * 1e9 / static_cast<double>(token_count) / hops;
        if (hops > 0)
            std::snprintf(note, sizeof note, "%+.3f ns/token%s over the plain loop", ns, hops > 1 ? " and hop" : "");
        report.add(
            {.name = std::move(name), .threads = threads, .tokens = token_count, .seconds = seconds, .note = note});
    };
    plain = perf::median_seconds(repeats, [] {
        for (std::size_t i = 0; i < block_count; ++i) {
            wordmill::token_block block;
            fill(block, i);
            sink = sink + sum(block);
        }
    });
    row("plain loop", 1, plain, 0);
    row("block generator", 1,
        perf::median_seconds(repeats,
                             [] {
                                 for (auto&& block : blocks()) sink = sink + sum(block);
                             }),
        1);
    row("block generator, ten stages", 1,
        perf::median_seconds(repeats,
                             [] {
                                 auto g = blocks();
                                 for (int i = 0; i < 10; ++i) g = std::move(g) | wordmill::sequential(pass{});
                                 for (auto&& block : g) sink = sink + sum(block);
                             }),
        10);
    row("prefetch(4)", 2,
        perf::median_seconds(repeats,
                             [] {
                                 for (auto&& block : blocks() | wordmill::prefetch(4)) sink = sink + sum(block);
                             }),
        1);
    for (unsigned threads : {1U, 2U}) {
        row("parallel map, work in the stage", threads,
            perf::median_seconds(repeats, [=] { drain(blocks() | wordmill::parallel(work{}, {.threads = threads})); }),
            1);
        row("parallel map, empty stage", threads,
            perf::median_seconds(repeats,
                                 [=] {
                                     for (auto&& block : blocks() | wordmill::parallel(pass{}, {.threads = threads}))
                                         sink = sink + sum(block);
                                 }),
            1);
        row("reduce_blocks", threads,
            perf::median_seconds(repeats,
                                 [=] {
                                     for (auto s : wordmill::reduce_blocks(
                                              blocks(), [] { return std::uint64_t{0}; },
                                              [](std::uint64_t& s, wordmill::token_block const& b) { s += sum(b); },
                                              {.threads = threads}))
                                         sink = sink + s;
                                 }),
            1);
    }
    row("generator of elements", 1,
        perf::median_seconds(3,
                             [] {
                                 std::uint64_t total = 0;
                                 for (auto id : elements(blocks()))
                                     total += static_cast<std::uint64_t>(id) ^ total >> 7;
                                 sink = sink + total;
                             }),
        1);
}
