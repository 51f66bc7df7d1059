#include "faulty_reads.hpp"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
constexpr auto never = std::numeric_limits<std::int64_t>::max();
std::atomic<long> longest{0}, seen{0};
std::atomic<std::int64_t> broken_from{never};

/// Whether this call is refused; shortens it otherwise.
bool interrupted(int fd, std::size_t& n) {
    if (longest == 0 || fd <= STDERR_FILENO) return false;
    n = std::min(n, static_cast<std::size_t>(longest.load()));
    auto const turn = seen++ % 3;
    errno = turn == 0 ? EINTR : EAGAIN;
    return turn != 2;
}
}

namespace faulty_reads {
void short_reads(long bytes) { longest = bytes; }
void fail_at(std::int64_t offset) { broken_from = offset; }
void reset() {
    longest = 0;
    broken_from = never;
}
}

extern "C" {
ssize_t read(int fd, void* to, std::size_t n) {
    if (interrupted(fd, n)) return -1;
    return ::syscall(SYS_read, fd, to, n);
}

ssize_t pread(int fd, void* to, std::size_t n, off_t offset) {
    if (interrupted(fd, n)) return -1;
    if (offset >= broken_from) {
        errno = EIO;
        return -1;
    }
    n = static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(n), broken_from - offset));
    return ::syscall(SYS_pread64, fd, to, n, offset);
}
}
