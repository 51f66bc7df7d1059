// Any bytes as a corpus whose format is detected, beside a file of lines: everything is delivered or counted, no text
// holds a NUL byte of lines, and reading on from the end of the first block gives the other blocks.
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

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(bytes), size});
    file_of_bytes const lines("one line\nand another\n");
    std::vector<wordmill::input_file> const inputs{
        {.name = lines.name, .bytes = 21}, {.name = file.name, .bytes = size}, {.name = lines.name, .bytes = 21}};
    auto const read = [&](wordmill::corpus_options const& options, std::vector<std::string>& texts) {
        wordmill::position first;
        for (auto&& block : wordmill::read_corpus(inputs, options)) {
            if (!wordmill::valid_utf8(block.text)) std::abort();
            if (texts.empty()) first = block.next;
            texts.push_back(std::move(block.text));
        }
        return first;
    };
    wordmill::corpus_options options;
    options.on_bad = wordmill::bad_data_policy::skip;
    options.max_record_bytes = 4096;
    options.block_bytes = 40;
    std::vector<std::string> whole;
    std::vector<std::string> rest;
    try {
        options.from = read(options, whole);
        if (!options.counts.balanced("record") || !options.counts.balanced("line")) std::abort();
        (void)read(options, rest);
    } catch (wordmill::error const&) {
        return 0; // no text, another encoding, or compressed bytes that are damaged
    }
    if (rest != std::vector<std::string>(whole.begin() + 1, whole.end())) std::abort();
    return 0;
}
