#include "faulty_system.hpp"
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {
std::atomic<long> seen{0}, until_failure{0}, until_death{0}, longest_write{0};
std::atomic<int> error_to_give{0};
std::atomic<faulty::call> failing{faulty::call::any};

/// True when the call is to fail; errno is set then. Dies when it is time to.
bool fails(faulty::call which) {
    ++seen;
    if (until_death > 0 && --until_death == 0) {
        ::raise(SIGKILL);
    }
    if (until_failure <= 0 || (failing != which && failing != faulty::call::any)) return false;
    if (--until_failure != 0) return false;
    errno = error_to_give;
    return true;
}
}

namespace faulty {
void fail(call which, long nth, int error_number) {
    failing = which;
    error_to_give = error_number;
    until_failure = nth;
}
void die(long nth) { until_death = nth; }
void short_writes(long bytes) { longest_write = bytes; }
void reset() { seen = until_failure = until_death = longest_write = 0; }
long calls() { return seen; }
}

extern "C" {
ssize_t write(int fd, void const* bytes, std::size_t n) {
    if (until_death == 1) ::syscall(SYS_write, fd, bytes, n / 2);
    if (fails(faulty::call::write)) return -1;
    if (longest_write > 0) {
        if (seen % 2 == 0) {
            errno = EINTR;
            return -1;
        }
        n = std::min(n, static_cast<std::size_t>(longest_write));
    }
    return ::syscall(SYS_write, fd, bytes, n);
}

int fsync(int fd) { return fails(faulty::call::fsync) ? -1 : static_cast<int>(::syscall(SYS_fsync, fd)); }

int close(int fd) {
    bool const failed = fails(faulty::call::close);
    int const error_number = errno;
    int const result = static_cast<int>(::syscall(SYS_close, fd));
    if (!failed) return result;
    errno = error_number;
    return -1;
}

int openat(int folder, char const* name, int flags, ...) {
    mode_t mode = 0;
    if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE) {
        std::va_list rest;
        va_start(rest, flags);
        mode = va_arg(rest, mode_t);
        va_end(rest);
    }
    return fails(faulty::call::open) ? -1 : static_cast<int>(::syscall(SYS_openat, folder, name, flags, mode));
}

int renameat(int from_folder, char const* from, int to_folder, char const* to) noexcept {
    if (fails(faulty::call::rename)) return -1;
    return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}

int renameat2(int from_folder, char const* from, int to_folder, char const* to, unsigned flags) noexcept {
    if (fails(faulty::call::rename)) return -1;
    return static_cast<int>(::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags));
}

int unlinkat(int folder, char const* name, int flags) noexcept {
    return fails(faulty::call::unlink) ? -1 : static_cast<int>(::syscall(SYS_unlinkat, folder, name, flags));
}
}
