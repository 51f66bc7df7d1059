#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

/// Whatever is accepted has ids and ends within bounds.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    static int const file = ::memfd_create("encoded", 0);
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) return 0;
    try {
        wordmill::encoded_corpus const corpus("/proc/self/fd/" + std::to_string(file));
        for (auto const& block : corpus.blocks()) {
            for (auto const id : block.ids)
                if (wordmill::index(id) >= corpus.vocabulary_size()) std::abort();
            for (auto const end : block.sentence_ends)
                if (end > block.ids.size()) std::abort();
            for (auto const end : block.document_ends)
                if (end > block.sentence_ends.size()) std::abort();
        }
    } catch (wordmill::error const&) {}
    return 0;
}
