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

/// Any bytes, bad rows skipped: every row is delivered or counted, the texts are UTF-8, and a limit bounds the memory.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* bytes, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(bytes), size});
    for (auto const* column : {"text", "meta.text", "turns"}) {
        wordmill::parquet_options options;
        options.column = column;
        options.on_bad = wordmill::bad_data_policy::skip;
        options.max_record_bytes = 4096;
        options.memory_bytes = 4 << 20;
        options.block_bytes = 100;
        try {
            for (auto&& block :
                 wordmill::read_parquet({wordmill::input_file{.name = file.name, .bytes = size}}, options))
                if (!wordmill::valid_utf8(block.text)) std::abort();
        } catch (wordmill::error const& e) {
            if (e.kind() == wordmill::failure::internal) std::abort();
            continue;
        }
        if (!options.counts.balanced("record")) std::abort();
    }
    return 0;
}
