module;
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <utility>
module wordmill.io;
import :descriptor;
import :lock;
import wordmill.core;

namespace wordmill::detail {
namespace {
std::string host_name() {
    utsname system{};
    return ::uname(&system) == 0 ? system.nodename : "unknown host";
}

/// The content of the lock file: "PID HOST\n", or empty at first.
struct owner {
    long pid;
    std::string host;
};

std::optional<owner> read_owner(descriptor const& file, std::string const& name) {
    std::string text(512, '\0');
    text.resize(read_all_at(file.get(), 0, text, name));
    auto const space = text.find(' ');
    auto const end = text.find('\n');
    if (space == std::string::npos || end == std::string::npos || end < space) return std::nullopt;
    return owner{std::strtol(text.c_str(), nullptr, 10), text.substr(space + 1, end - space - 1)};
}

[[noreturn]] void refuse(std::optional<owner> const& who, std::string const& output, std::string_view hint) {
    std::string const by = who ? "process " + std::to_string(who->pid) + " on " + who->host : "another process";
    throw error(failure::cannot_create, "is being written by " + by, place{.file = output}, hint);
}

bool died(owner const& who) {
    return who.host == host_name() && ::kill(static_cast<pid_t>(who.pid), 0) != 0 && errno == ESRCH;
}

/// The owner removes the name before it releases the lock, so the locked file may no longer be the one with the name.
bool has_name(descriptor const& file, int folder, std::string const& name) {
    struct stat held{}, named{};
    return ::fstat(file.get(), &held) == 0 && ::fstatat(folder, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0
           && held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}
}

output_lock::output_lock(int folder, std::string name, std::string const& output)
    : folder_(folder), name_(std::move(name)) {
    for (;;) {
        auto file = open_at(folder, name_, O_RDWR | O_CREAT | O_NOFOLLOW);
        if (!file)
            throw system_error(failure::cannot_create, "cannot create the lock file " + name_, errno, {.file = output});
        if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
            if (errno == EINTR) continue;
            auto const who = read_owner(file, name_);
            if (errno == EWOULDBLOCK) refuse(who, output, "wait for it, or name another output");
            if (who && !died(*who)) refuse(who, output, "if it is gone, remove " + name_);
        }
        if (!has_name(file, folder, name_)) continue;
        if (::ftruncate(file.get(), 0) != 0)
            throw system_error(failure::cannot_create, "cannot write the lock file " + name_, errno, {.file = output});
        write_all(file.get(), std::to_string(::getpid()) + ' ' + host_name() + '\n', name_, file.get());
        file_ = std::move(file);
        return;
    }
}

output_lock::~output_lock() {
    if (file_) ::unlinkat(folder_, name_.c_str(), 0);
}

std::string name_beside(std::string const& name, std::string const& suffix) {
    constexpr std::size_t longest = 255;
    constexpr std::size_t room = 40; // the same cut for every suffix: a lock and its temporary file belong together
    return '.' + name.substr(0, longest - room) + suffix;
}
}
