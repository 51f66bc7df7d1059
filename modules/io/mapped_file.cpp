module;
#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>
module wordmill.io;
import wordmill.core;
import :descriptor;
import :mapped_file;

namespace wordmill {
struct mapped_file::state {
    void* data = nullptr;
    std::size_t bytes = 0;
    state() = default;
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() {
        if (data != nullptr) ::munmap(data, bytes);
    }
};

mapped_file::mapped_file(std::string const& path) {
    auto mapped = std::make_shared<state>();
    auto const file = detail::open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK);
    if (!file) throw system_error(failure::no_input, "cannot be opened", errno, place{.file = path});
    struct stat found{};
    if (::fstat(file.get(), &found) != 0)
        throw system_error(failure::no_input, "cannot be looked at", errno, place{.file = path});
    if (!S_ISREG(found.st_mode))
        throw error(failure::no_input, "expected a regular file to map, found something else", place{.file = path});
    mapped->bytes = static_cast<std::size_t>(found.st_size);
    if (mapped->bytes > 0) { // none cannot be mapped
        auto* const data = ::mmap(nullptr, mapped->bytes, PROT_READ, MAP_SHARED, file.get(), 0);
        if (data == MAP_FAILED) throw system_error(failure::io, "cannot be mapped", errno, place{.file = path});
        mapped->data = data;
    }
    state_ = std::move(mapped);
}

std::string_view mapped_file::bytes() const noexcept { return {static_cast<char const*>(state_->data), state_->bytes}; }
}
