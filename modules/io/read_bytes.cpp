module;
#include <coroutine>
#include <utility>
module wordmill.io;
import :block_reader;
import wordmill.stream;

namespace wordmill {
generator<byte_block> read_bytes(input_file file, byte_options options) {
    block_reader reader(std::move(file), std::move(options));
    byte_block block;
    while (reader.next(block)) co_yield std::move(block);
}
}
