module;
#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <utility>
module wordmill.io;
import :block_reader;
import wordmill.core;
import wordmill.stream;

namespace wordmill {
generator<byte_block> read_bytes(input_file file, byte_options options) {
    auto watch = options.watch;
    block_reader reader(std::move(file), std::move(options));
    byte_block block;
    for (std::uint64_t shown = 0; reader.next(block);) {
        watch.add_stored(block.consumed - std::min(shown, block.consumed));
        shown = std::max(shown, block.consumed);
        co_yield std::move(block);
        watch.check();
    }
}
}
