module;
#include <string>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.io;
import wordmill.stream;
import :vocabulary;
import :vocabulary_file;
import :vocabulary_text;

namespace wordmill {
vocabulary load_vocabulary(std::string const& path, load_options const& options) {
    vocabulary_parser parser(options, path);
    for (auto const& file : find_inputs(std::vector{path}))
        for (auto const& block : read_bytes(file)) parser.feed(block.bytes);
    return std::move(parser).finish();
}
}
