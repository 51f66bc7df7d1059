module;
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
module wordmill.io;
import :descriptor;
import :growing_file;
import wordmill.core;

namespace wordmill {
namespace {
/// Where the last record of a file of `size` bytes ends.
std::uint64_t end_of_records(int fd, std::uint64_t size, char end, std::string const& name) {
    std::array<char, 4096> piece;
    while (size > 0) {
        auto const length = std::min<std::uint64_t>(size, piece.size());
        auto const read = detail::read_all_at(fd, size - length, std::span(piece).first(length), name);
        auto const at = std::string_view(piece.data(), read).rfind(end);
        if (at != std::string_view::npos) return size - length + at + 1;
        size -= length;
    }
    return 0;
}
}

struct growing_file::state {
    std::string name;
    detail::descriptor file{};
    bool regular = true;
    std::uint64_t size = 0;

    void open(growing_file_options const& options) {
        struct stat found{};
        bool const exists = ::stat(name.c_str(), &found) == 0;
        regular = !exists || S_ISREG(found.st_mode);
        if (exists && regular && !options.overwrite && !options.append)
            throw error(failure::cannot_create, "exists already", place{.file = name}, "use --overwrite");
        file = detail::open_at(AT_FDCWD, name,
                               regular ? O_RDWR | O_APPEND | O_CREAT | (options.append ? 0 : O_TRUNC)
                                       : O_WRONLY | O_NOCTTY);
        if (!file || ::fstat(file.get(), &found) != 0)
            throw system_error(failure::cannot_create, "cannot be opened for writing", errno, place{.file = name});
        if (!regular) return;
        size = static_cast<std::uint64_t>(found.st_size);
        if (!options.record_end) return;
        size = end_of_records(file.get(), size, *options.record_end, name);
        if (::ftruncate(file.get(), static_cast<off_t>(size)) != 0)
            throw system_error(failure::io, "cannot be cut to whole records", errno, place{.file = name});
    }
};

growing_file::growing_file(std::string path, growing_file_options options) : state_(std::make_unique<state>()) {
    state_->name = std::move(path);
    state_->open(options);
}

growing_file::growing_file(growing_file&&) noexcept = default;
growing_file& growing_file::operator=(growing_file&&) noexcept = default;
growing_file::~growing_file() = default;

void growing_file::write(std::string_view record) {
    auto& s = *state_;
    try {
        detail::write_all(s.file.get(), record, s.name, s.regular ? s.file.get() : -1);
    } catch (...) {
        if (s.regular) (void)::ftruncate(s.file.get(), static_cast<off_t>(s.size)); // report the first error
        throw;
    }
    s.size += record.size();
}

std::string const& growing_file::path() const noexcept { return state_->name; }
}
