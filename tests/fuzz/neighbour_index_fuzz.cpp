#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.vectors;
#include "file_of_bytes.hpp"

/// An index that is accepted answers with words of the vectors.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static std::vector<std::string> const words{"a", "b", "c"};
    static std::vector<float> const rows{1, 0, 0, 1, 1, 1};
    static wordmill::word_vectors const vectors(words, {rows.data(), 3, 2, 2});
    file_of_bytes const file({reinterpret_cast<char const*>(data), size});
    try {
        auto const index = wordmill::neighbour_index::load(file.name, vectors);
        for (auto const& n : index.nearest("a", {.top = 3, .ef = 3}))
            if (!(n.score >= -1 && n.score <= 1) || !vectors.find(n.word)) std::abort();
    } catch (wordmill::error const&) {}
    return 0;
}
