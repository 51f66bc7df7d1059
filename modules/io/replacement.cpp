module;
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>
module wordmill.io;
import :descriptor;
import :lock;
import :replacement;
import wordmill.core;

namespace wordmill::detail {
namespace {
[[noreturn]] void refuse(std::string_view what, int error_number, std::string const& path) {
    throw system_error(failure::cannot_create, what, error_number, place{.file = path});
}

/// Resolves links. A dangling link is refused: replacing the link itself is not what the user meant.
std::filesystem::path target_of(std::string const& path) {
    std::error_code failed;
    if (!std::filesystem::is_symlink(path, failed)) return path;
    auto target = std::filesystem::canonical(path, failed);
    if (failed) refuse("the output is a link that leads nowhere", failed.value(), path);
    return target;
}

bool is_leftover(std::string_view name, std::string_view prefix) {
    if (!name.starts_with(prefix)) return false;
    auto const pid = name.substr(prefix.size());
    return !pid.empty() && pid.find_first_not_of("0123456789") == std::string_view::npos;
}
}

replacement::replacement(std::string path, bool overwrite) : path_(std::move(path)), overwrite_(overwrite) {
    auto const target = target_of(path_);
    name_ = target.filename().string();
    auto const folder = target.has_parent_path() ? target.parent_path().string() : ".";
    if (name_.empty() || name_ == "." || name_ == "..") refuse("not the name of a file", EISDIR, path_);
    folder_ = open_at(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY);
    if (!folder_) refuse("the folder of the output cannot be used", errno, path_);
    lock_.emplace(folder_.get(), name_beside(name_, ".lock"), path_);
    refuse_existing();
    remove_leftovers();
    new_name_ = name_beside(name_, ".tmp-" + std::to_string(::getpid()));
    file_ = open_at(folder_.get(), new_name_, O_WRONLY | O_CREAT | O_EXCL);
    if (!file_) refuse("cannot create a file in the folder of the output", errno, path_);
    struct stat old{};
    if (::fstatat(folder_.get(), name_.c_str(), &old, 0) == 0) (void)::fchmod(file_.get(), old.st_mode & 0777);
}

replacement::~replacement() {
    if (!new_name_.empty()) ::unlinkat(folder_.get(), new_name_.c_str(), 0);
}

void replacement::refuse_existing() const {
    struct stat old{};
    if (::fstatat(folder_.get(), name_.c_str(), &old, 0) != 0) {
        if (errno == ENOENT) return;
        refuse("cannot be looked at", errno, path_);
    }
    if (S_ISDIR(old.st_mode)) refuse("the output is a directory", EISDIR, path_);
    if (!overwrite_) throw error(failure::cannot_create, "exists already", place{.file = path_}, "use --overwrite");
}

/// The holder of the lock is the only writer of this output, so all other temporary files of it are leftovers.
void replacement::remove_leftovers() const {
    auto const prefix = name_beside(name_, ".tmp-");
    int const listed = ::openat(folder_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* const folder = listed < 0 ? nullptr : ::fdopendir(listed);
    if (!folder) return; // a folder that can be written but not listed
    while (auto const* const found = ::readdir(folder))
        if (is_leftover(found->d_name, prefix)) ::unlinkat(folder_.get(), found->d_name, 0);
    ::closedir(folder);
}

void replacement::rename() const {
    int const folder = folder_.get();
    // Without `overwrite`, a file that appeared in the meantime stays.
    if (!overwrite_) {
        if (::renameat2(folder, new_name_.c_str(), folder, name_.c_str(), RENAME_NOREPLACE) == 0) return;
        if (errno == EEXIST) refuse("cannot take the name", errno, path_);
        if (errno != EINVAL && errno != ENOSYS)
            throw system_error(failure::io, "cannot rename the new file", errno, place{.file = path_});
        refuse_existing(); // a file system that cannot do both in one step
    }
    if (::renameat(folder, new_name_.c_str(), folder, name_.c_str()) != 0)
        throw system_error(failure::io, "cannot rename the new file", errno, place{.file = path_});
}

void replacement::commit() {
    sync(file_.get(), path_);
    file_.close(path_);
    rename();
    new_name_.clear();
    sync(folder_.get(), path_);
}
}
