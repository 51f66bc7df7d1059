module;
#include <unistd.h>
module wordmill.io:descriptor;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Owns one open file descriptor. The destructor ignores errors of closing, `close` reports them.
class descriptor {
public:
    descriptor() = default;
    inline explicit descriptor(int fd) noexcept : fd_(fd) {}
    inline descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    inline descriptor& operator=(descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    inline ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] inline int get() const noexcept { return fd_; }
    [[nodiscard]] inline explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Some file systems report a lost write only here. `failure::io` naming `name`.
    void close(std::string const& name);

private:
    int fd_ = -1;
};

/// Opens relative to `folder` (AT_FDCWD for the working folder), close-on-exec; retries after EINTR. The result is
/// false, with errno set, on failure.
[[nodiscard]] descriptor open_at(int folder, std::string const& name, int flags, unsigned mode = 0666);

/// Writes all bytes; waits where a descriptor is non-blocking. SIGPIPE and SIGXFSZ do
/// not end the process: the errors are a `broken_pipe` and a `failure::io` with needed and free bytes (of the file
/// system of `space`, a descriptor; -1 leaves them out).
void write_all(int fd, std::string_view bytes, std::string const& name, int space = -1);

/// Reads from `offset` until `into` is full or the file ends; `failure::io` with the offset.
[[nodiscard]] std::size_t read_all_at(int fd, std::uint64_t offset, std::span<char> into, std::string const& name);

/// Makes the content durable; `failure::io` naming `name`. Does nothing for files that cannot be synced (pipes).
void sync(int fd, std::string const& name);
}
