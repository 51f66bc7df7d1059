module;
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <pthread.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>
module wordmill.io;
import :descriptor;
import wordmill.core;

namespace wordmill {
broken_pipe::broken_pipe(std::string const& name)
    : error(failure::io, "the reader of this output went away", place{.file = name}) {}
}

namespace wordmill::detail {
namespace {
/// Both signals go to the thread that writes: blocked here and taken off before the old mask returns, they never reach
/// the program, whatever it does with signals elsewhere.
class quiet_signals {
public:
    quiet_signals() {
        sigemptyset(&ours_);
        sigaddset(&ours_, SIGPIPE);
        sigaddset(&ours_, SIGXFSZ);
        sigpending(&pending_before_);
        pthread_sigmask(SIG_BLOCK, &ours_, &before_);
    }
    quiet_signals(quiet_signals const&) = delete;
    quiet_signals& operator=(quiet_signals const&) = delete;
    ~quiet_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    /// Takes off the signal that a failed write raised, unless one was waiting before.
    void take(int signal) const {
        if (sigismember(&pending_before_, signal) == 1) return;
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, signal);
        timespec const now{};
        while (sigtimedwait(&one, nullptr, &now) < 0 && errno == EINTR) {}
    }

private:
    sigset_t ours_, pending_before_, before_;
};

std::string with_space(std::string_view what, std::size_t needed, int error_number, int space) {
    std::string text{what};
    if (space < 0) return text;
    text += "; needed " + std::to_string(needed) + " bytes";
    struct statvfs fs{};
    if (fstatvfs(space, &fs) == 0)
        text += ", free " + std::to_string(std::uint64_t{fs.f_bavail} * std::uint64_t{fs.f_frsize}) + " bytes";
    rlimit limit{};
    if (error_number == EFBIG && getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        text += ", file size limit " + std::to_string(limit.rlim_cur) + " bytes";
    return text;
}

[[noreturn]] void write_failed(int error_number, std::size_t needed, std::string const& name, int space) {
    if (error_number == EPIPE) throw broken_pipe(name);
    auto const what = with_space("cannot write", needed, error_number, space);
    throw system_error(failure::io, what, error_number, place{.file = name});
}
}

void descriptor::close(std::string const& name) {
    int const fd = std::exchange(fd_, -1);
    // Linux frees the descriptor even when it says EINTR: closing again could hit another thread's file.
    if (fd >= 0 && ::close(fd) != 0 && errno != EINTR)
        throw system_error(failure::io, "cannot close", errno, place{.file = name});
}

descriptor open_at(int folder, std::string const& name, int flags, unsigned mode) {
    for (;;) {
        int const fd = ::openat(folder, name.c_str(), flags | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EINTR) return descriptor(fd);
    }
}

void write_all(int fd, std::string_view bytes, std::string const& name, int space) {
    quiet_signals const quiet;
    while (!bytes.empty()) {
        auto const n = ::write(fd, bytes.data(), bytes.size());
        if (n > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
            continue;
        }
        int const error_number = n == 0 ? EIO : errno;
        if (error_number == EINTR) continue;
        if (error_number == EAGAIN || error_number == EWOULDBLOCK) {
            pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
            ::poll(&ready, 1, -1);
            continue;
        }
        if (error_number == EPIPE) quiet.take(SIGPIPE);
        if (error_number == EFBIG) quiet.take(SIGXFSZ);
        write_failed(error_number, bytes.size(), name, space);
    }
}

std::size_t read_all_at(int fd, std::uint64_t offset, std::span<char> into, std::string const& name) {
    std::size_t done = 0;
    while (done < into.size()) {
        auto const n = ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
        if (n == 0) break;
        if (n > 0)
            done += static_cast<std::size_t>(n);
        else if (errno != EINTR)
            throw system_error(failure::io, "cannot read", errno, place{.file = name, .byte = offset + done});
    }
    return done;
}

void sync(int fd, std::string const& name) {
    while (::fsync(fd) != 0) {
        if (errno == EINVAL || errno == EROFS) return;
        if (errno != EINTR) throw system_error(failure::io, "cannot make durable (fsync)", errno, place{.file = name});
    }
}
}
