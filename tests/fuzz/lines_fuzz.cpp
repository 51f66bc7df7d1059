// Plain text in blocks of a size that the first byte sets is the text in one block, and bytes and lines are accounted
// for.
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace {
std::string read(std::vector<wordmill::input_file> const& inputs, std::size_t block_bytes, std::uint8_t switches) {
    wordmill::line_options options;
    options.block_bytes = block_bytes;
    options.utf8 = switches % 2 != 0 ? wordmill::utf8_policy::keep : wordmill::utf8_policy::replace;
    options.lone_cr_ends_line = switches % 4 >= 2;
    options.blank_line_ends_document = switches % 8 >= 4;
    std::string text;
    for (auto&& block : wordmill::read_lines(inputs, options)) text += block.text;
    if (!options.counts.balanced("byte") || !options.counts.balanced("line")) std::abort();
    return text;
}
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    int const file = memfd_create("lines", MFD_CLOEXEC);
    if (file < 0 || write(file, data + 2, size - 2) < 0) std::abort();
    try {
        auto const inputs = wordmill::find_inputs(std::vector{"/proc/self/fd/" + std::to_string(file)});
        auto const whole = read(inputs, std::size_t{1} << 20, data[1]);
        // a character that a small block would cut in two stays whole: from 4 bytes on the repairs are the same
        if (read(inputs, std::size_t{data[0]} + 4, data[1]) != whole) std::abort();
    } catch (wordmill::error const&) { // another encoding, a compressed file
    }
    close(file);
    return 0;
}
