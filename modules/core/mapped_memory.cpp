module;
#include <cstddef>
#include <string>
#include <string_view>
#include <sys/mman.h>
module wordmill.core;
import :error;
import :mapped_memory;
import :units;

namespace wordmill {
mapped_memory::mapped_memory(std::size_t bytes, std::string_view what) : bytes_(bytes) {
    if (bytes == 0) return;
    auto* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw error(failure::resource, std::string(what) + ": cannot allocate " + format_bytes(bytes) + " of memory");
    ::madvise(memory, bytes, MADV_HUGEPAGE); // a wish: failing costs only speed
    data_ = memory;
}

mapped_memory::~mapped_memory() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
}
}
