// The first byte chooses the layout, the policy for invalid UTF-8 and the size of blocks. Bad pairs are skipped: every
// pair and byte that enters is delivered or counted, and pairs do not depend on the size of blocks.
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;
#include "file_of_bytes.hpp"

namespace {
void require(bool holds) {
    if (!holds) std::abort();
}

struct found_pairs {
    std::vector<std::pair<std::string, std::string>> pairs;
    bool failed = false;
};

found_pairs read(std::vector<wordmill::input_file> const& inputs, wordmill::pair_options options) {
    wordmill::tally const counts;
    options.counts = counts;
    found_pairs found;
    try {
        for (auto&& block : wordmill::read_pairs(inputs, options))
            for (std::size_t i = 0; i < block.size(); ++i) found.pairs.emplace_back(block.source(i), block.target(i));
    } catch (wordmill::error const&) { // another encoding, damaged compressed bytes, or sides of different lengths
        found.failed = true;
        return found;
    }
    for (auto const& [source, target] : found.pairs)
        for (std::string_view const side : {source, target}) {
            require(side.find('\n') == std::string_view::npos);
            require(options.utf8 == wordmill::utf8_policy::keep || wordmill::valid_utf8(side));
        }
    require(counts.read_count("pair") == found.pairs.size() + counts.dropped_count("pair"));
    return found;
}
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size == 0) return 0;
    std::uint8_t const switches = data[0];
    std::string_view const bytes(reinterpret_cast<char const*>(data + 1), size - 1);
    static constexpr wordmill::pair_layout layouts[] = {wordmill::pair_layout::automatic,
                                                        wordmill::pair_layout::separated,
                                                        wordmill::pair_layout::parallel, wordmill::pair_layout::jsonl};
    wordmill::pair_options options;
    options.layout = layouts[switches % 4];
    options.on_bad = wordmill::bad_data_policy::skip;
    options.utf8 = switches & 4 ? wordmill::utf8_policy::keep : wordmill::utf8_policy::replace;
    if (switches & 8) options.separator = " ||| ";
    options.max_record_bytes = 4096;
    bool const parallel = options.layout == wordmill::pair_layout::parallel;
    auto const half = parallel ? bytes.size() / 2 : bytes.size();
    file_of_bytes const sources(bytes.substr(0, half)), targets(bytes.substr(half));
    std::vector inputs{wordmill::input_file{.name = sources.name, .bytes = half}};
    if (parallel) inputs.push_back(wordmill::input_file{.name = targets.name, .bytes = bytes.size() - half});
    auto const whole = read(inputs, options);
    options.block_bytes = 20;
    auto const small = read(inputs, options);
    require(whole.failed || small.failed || whole.pairs == small.pairs);
    return 0;
}
