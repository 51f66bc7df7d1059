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

/// Any bytes, damage passed over: every page and byte is delivered or counted, and the texts are UTF-8.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(bytes), size});
    wordmill::wikipedia_options options;
    options.on_bad = wordmill::bad_data_policy::skip;
    options.max_record_bytes = 4096;
    options.block_bytes = 100;
    try {
        for (auto&& block : wordmill::read_wikipedia({wordmill::input_file{.name = file.name, .bytes = size}}, options))
            if (!wordmill::valid_utf8(block.text)) std::abort();
    } catch (wordmill::error const&) {
        return 0; // no export at all, or compressed bytes that are damaged
    }
    if (!options.counts.balanced("record") || !options.counts.balanced("byte")) std::abort();
    return 0;
}
