#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.io;
import wordmill.vectors;
#include "file_of_bytes.hpp"

/// Whatever is accepted has finite rows and found words, within the memory that is allowed.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(data), size});
    static file_of_bytes const words("a\nb\nc\t5\n");
    bool const npy = size > 0 && data[0] == 0x93;
    try {
        auto const vectors =
            wordmill::load_vectors(file.name, {.words = npy ? words.name : "", .memory_bytes = std::uint64_t{1} << 24});
        for (std::size_t i = 0; i < vectors.size(); ++i) {
            auto const id = wordmill::id_at(i);
            if (vectors.find(vectors.word(id)) != id) std::abort();
            for (float const value : vectors.row(id))
                if (!(value >= std::numeric_limits<float>::lowest() && value <= std::numeric_limits<float>::max()))
                    std::abort();
        }
        for (auto const& n : wordmill::nearest(vectors, vectors.word(wordmill::id_at(0)), {.top = 3}))
            if (!(n.score >= -1 && n.score <= 1)) std::abort();
    } catch (wordmill::error const&) {}
    return 0;
}
