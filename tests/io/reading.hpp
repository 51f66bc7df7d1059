#pragma once
// To be included before `import wordmill.io;` is used: the includer imports wordmill.core, stream and io first.
#include <string>
#include <utility>
#include <vector>

/// The output of a read, and the error that ended it.
struct reading {
    std::string bytes;
    std::vector<wordmill::byte_block> blocks;
    std::string error; ///< the text of the error, empty when there was none
    wordmill::failure kind{};
    wordmill::place where{};
};

inline reading read_all(wordmill::input_file file, wordmill::byte_options options = {}) {
    reading r;
    try {
        for (auto&& block : wordmill::read_bytes(std::move(file), std::move(options))) {
            r.bytes += block.bytes;
            r.blocks.push_back(std::move(block));
        }
    } catch (wordmill::error const& e) {
        r.error = e.what();
        r.kind = e.kind();
        r.where = e.where();
    }
    return r;
}
inline reading read_all(std::string const& name, wordmill::byte_options options = {}) {
    return read_all(wordmill::input_file{.name = name}, std::move(options));
}
