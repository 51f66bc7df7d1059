module;
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <sys/statvfs.h>
module wordmill.io;
import wordmill.core;

namespace wordmill {
std::uint64_t free_bytes(std::filesystem::path const& folder) {
    struct statvfs fs{};
    if (statvfs(folder.c_str(), &fs) != 0)
        throw system_error(failure::cannot_create, "no such folder to write to", errno, place{.file = folder.string()});
    return std::uint64_t{fs.f_bavail} * std::uint64_t{fs.f_frsize};
}

std::filesystem::path temporary_folder() {
    char const* const named = std::getenv("TMPDIR");
    return named && *named ? named : "/tmp";
}
}
