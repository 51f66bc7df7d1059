#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.io;
import wordmill.vectors;
#include "file_of_bytes.hpp"

namespace {
std::optional<wordmill::word_vectors> load(std::string const& file, std::string const& words,
                                           wordmill::bad_rows on_bad) {
    try {
        return wordmill::load_vectors(
            file, {.words = words, .memory_bytes = std::uint64_t{1} << 24, .subwords = true, .on_bad = on_bad});
    } catch (wordmill::error const&) {
        return std::nullopt;
    }
}

void check_finite(std::span<float const> row) {
    for (float const value : row)
        if (!(value >= std::numeric_limits<float>::lowest() && value <= std::numeric_limits<float>::max()))
            std::abort();
}

void check(wordmill::word_vectors const& vectors) {
    try {
        if (auto const composed = vectors.subwords().compose("unseen")) check_finite(*composed);
    } catch (wordmill::error const& e) {
        if (e.kind() != wordmill::failure::bad_data) std::abort();
    }
    for (std::size_t i = 0; i < vectors.size(); ++i) {
        auto const id = wordmill::id_at(i);
        if (vectors.find(vectors.word(id)) != id) std::abort();
        check_finite(vectors.row(id));
    }
    for (auto const& n : wordmill::nearest(vectors, vectors.word(wordmill::id_at(0)), {.top = 3}))
        if (!(n.score >= -1 && n.score <= 1)) std::abort();
}
}

/// Whatever is accepted has finite rows and found words, within the memory that is allowed. What is accepted with
/// damaged rows refused is the same with damaged rows skipped.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(data), size});
    static file_of_bytes const list("a\nb\nc\t5\n");
    std::string const words = size > 0 && data[0] == 0x93 ? list.name : "";
    auto const vectors = load(file.name, words, wordmill::bad_rows::strict);
    auto const skipping = load(file.name, words, wordmill::bad_rows::skip);
    if (vectors) {
        if (vectors->size() > 0) check(*vectors);
        if (!skipping || skipping->size() != vectors->size()) std::abort();
    }
    if (skipping && skipping->size() > 0) check(*skipping);
    return 0;
}
