module;
#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <memory>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>
module wordmill.io;
import :directory;
import wordmill.core;

namespace wordmill::detail {
namespace {
/// A folder still to be listed, and those above it.
struct pending_folder {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
    std::shared_ptr<pending_folder const> above{};

    [[nodiscard]] bool leads_back() const {
        for (auto up = above.get(); up; up = up->above.get())
            if (up->device == device && up->inode == inode) return true;
        return false;
    }
};

struct entry {
    std::string name;
    unsigned char type; ///< as readdir says; DT_UNKNOWN on some file systems
};

std::vector<entry> list(std::string const& folder) {
    std::unique_ptr<DIR, int (*)(DIR*)> const open(::opendir(folder.c_str()), ::closedir);
    std::vector<entry> entries;
    errno = open ? 0 : errno;
    while (open) {
        errno = 0;
        auto const* const found = ::readdir(open.get());
        if (!found) break;
        if (found->d_name[0] != '.') entries.push_back({found->d_name, found->d_type});
    }
    if (errno != 0) throw system_error(failure::no_input, "the folder cannot be read", errno, place{.file = folder});
    return entries;
}

std::shared_ptr<pending_folder const> as_folder(std::string path, std::shared_ptr<pending_folder const> above) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) return nullptr;
    pending_folder folder{std::move(path), found.st_dev, found.st_ino, std::move(above)};
    if (folder.leads_back())
        throw error(failure::no_input, "a link back to a folder above it", place{.file = folder.path});
    return std::make_shared<pending_folder const>(std::move(folder));
}
}

std::vector<std::string> files_below(std::string const& folder) {
    std::vector<std::string> files;
    std::vector<std::shared_ptr<pending_folder const>> pending;
    if (auto top = as_folder(folder, nullptr)) pending.push_back(std::move(top));
    while (!pending.empty()) {
        auto const next = std::move(pending.back());
        pending.pop_back();
        std::string const prefix = next->path.ends_with('/') ? next->path : next->path + '/';
        for (auto& [name, type] : list(next->path)) {
            auto inner = type == DT_REG ? nullptr : as_folder(prefix + name, next);
            if (inner)
                pending.push_back(std::move(inner));
            else
                files.push_back(prefix + name);
        }
    }
    std::ranges::sort(files);
    return files;
}
}
