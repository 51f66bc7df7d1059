module;
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <span>
#include <string>
#include <sys/stat.h>
#include <utility>
module wordmill.io;
import wordmill.core;
import :descriptor;
import :seekable;

namespace wordmill {
struct seekable_file::state {
    std::string name;
    detail::descriptor file{};
    std::uint64_t bytes = 0;
};

seekable_file::seekable_file(std::string path) {
    auto opened = std::make_shared<state>();
    opened->name = std::move(path);
    // Non-blocking, or opening a FIFO would wait for its writer.
    opened->file = detail::open_at(AT_FDCWD, opened->name, O_RDONLY | O_NONBLOCK);
    if (!opened->file) throw system_error(failure::no_input, "cannot be opened", errno, place{.file = opened->name});
    struct stat found{};
    if (::fstat(opened->file.get(), &found) != 0)
        throw system_error(failure::no_input, "cannot be looked at", errno, place{.file = opened->name});
    if (!S_ISREG(found.st_mode))
        throw error(failure::no_input, "expected a regular file to seek in, found something else",
                    place{.file = opened->name});
    opened->bytes = static_cast<std::uint64_t>(found.st_size);
    state_ = std::move(opened);
}

std::string const& seekable_file::name() const noexcept { return state_->name; }
std::uint64_t seekable_file::bytes() const noexcept { return state_->bytes; }
std::size_t seekable_file::read_at(std::uint64_t offset, std::span<char> into) const {
    return detail::read_all_at(state_->file.get(), offset, into, state_->name);
}
}
