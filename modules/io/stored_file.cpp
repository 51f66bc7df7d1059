module;
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
module wordmill.io;
import :byte_source;
import wordmill.core;

namespace wordmill {
static_assert(sizeof(off_t) == 8, "file offsets must have 64 bits");

namespace {
std::int64_t nanoseconds(timespec const& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }
bool same_file(struct stat const& now, input_file const& found) {
    return std::uint64_t{now.st_ino} == found.inode && std::uint64_t{now.st_dev} == found.device;
}
}

stored_file::stored_file(input_file file, monitor watch) : file_(std::move(file)), watch_(std::move(watch)) {
    if (file_.type == input_file::kind::standard_input) {
        descriptor_ = STDIN_FILENO;
        return;
    }
    do {
        watch_.check();
        descriptor_ = ::open(file_.name.c_str(), O_RDONLY | O_CLOEXEC);
    } while (descriptor_ < 0 && errno == EINTR);
    if (descriptor_ < 0) throw system_error(failure::no_input, "cannot be opened", errno, {.file = file_.name});
    if (!seekable()) return;
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (file_.inode != 0) size_ = file_.bytes;
}

stored_file::~stored_file() {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
}

std::size_t stored_file::read(char* to, std::size_t size, std::uint64_t offset) const {
    if (size_ != 0) {
        if (offset >= size_) return 0;
        size = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset));
    }
    expect(offset <= std::uint64_t{INT64_MAX}, "stored offset beyond 63 bits");
    for (;;) {
        watch_.check();
        auto const got =
            seekable() ? ::pread(descriptor_, to, size, static_cast<off_t>(offset)) : ::read(descriptor_, to, size);
        if (got == 0 && size_ != 0) throw_shrunk(offset);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            throw system_error(failure::io, "reading failed at stored byte " + std::to_string(offset), errno,
                               {.file = file_.name});
        pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
        ::poll(&ready, 1, -1);
    }
}

std::uint64_t stored_file::size() const {
    if (size_ != 0) return size_;
    struct stat now{};
    if (::fstat(descriptor_, &now) != 0)
        throw system_error(failure::io, "its size cannot be read", errno, {.file = file_.name});
    return static_cast<std::uint64_t>(now.st_size);
}

void stored_file::throw_shrunk(std::uint64_t bytes) const {
    throw error(failure::bad_data,
                "truncated while reading: " + std::to_string(bytes) + " of " + std::to_string(size_)
                    + " stored bytes are left",
                {.file = file_.name}, "the file became shorter after it was found");
}

void stored_file::check_unchanged(tally& counts) const {
    if (!seekable() || file_.inode == 0) return;
    place const where{.file = file_.name};
    struct stat now{};
    if (::fstat(descriptor_, &now) != 0)
        throw system_error(failure::io, "its size and time cannot be read", errno, where);
    if (static_cast<std::uint64_t>(now.st_size) < file_.bytes) throw_shrunk(static_cast<std::uint64_t>(now.st_size));
    if (static_cast<std::uint64_t>(now.st_size) > file_.bytes)
        counts.note("input grew while it was read; only its first part was read", 1, where);
    else if (same_file(now, file_) && nanoseconds(now.st_mtim) != file_.modified_ns)
        counts.note("input was modified while it was read", 1, where);
    struct stat named{};
    if (::stat(file_.name.c_str(), &named) != 0)
        counts.note("input was deleted while it was read", 1, where);
    else if (!same_file(named, file_) || !same_file(now, file_))
        counts.note("input was replaced while it was read", 1, where);
}
}
