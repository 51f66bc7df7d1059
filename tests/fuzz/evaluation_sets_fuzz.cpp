#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
import wordmill.core;
import wordmill.eval;
#include "file_of_bytes.hpp"

/// Whatever is accepted has words, and scores that are numbers.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    file_of_bytes const file({reinterpret_cast<char const*>(data), size});
    try {
        for (auto const& pair : wordmill::load_similarity_set(file.name).pairs)
            if (pair.first.empty() || pair.second.empty() || !(pair.score - pair.score == 0)) std::abort();
    } catch (wordmill::error const&) {}
    try {
        for (auto const& section : wordmill::load_analogy_set(file.name).sections)
            for (auto const& question : section.questions)
                if (question.a.empty() || question.d.empty()) std::abort();
    } catch (wordmill::error const&) {}
    return 0;
}
