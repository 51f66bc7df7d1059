module;
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <glob.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>
module wordmill.io;
import :descriptor;
import :directory;
import wordmill.core;

namespace wordmill {
namespace {
[[noreturn]] void refuse(std::string const& name, std::string_view reason, std::string_view hint = {}) {
    throw error(failure::no_input, reason, place{.file = name}, hint);
}

/// `found` says what the failed stat() of `name` means; the name itself may be there as a link.
[[noreturn]] void refuse_missing(std::string const& name, int found) {
    struct stat link{};
    if (found == ENOENT && ::lstat(name.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
        std::string target(4096, '\0');
        auto const n = ::readlink(name.c_str(), target.data(), target.size());
        target.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
        refuse(name, "a dangling link: its target '" + target + "' does not exist");
    }
    if (found == ELOOP) refuse(name, "a loop of links");
    throw system_error(failure::no_input, "cannot be found", found, place{.file = name});
}

input_file describe(std::string name, struct stat const& found) {
    using kind = input_file::kind;
    bool const regular = S_ISREG(found.st_mode);
    return {.name = std::move(name),
            .type = regular                   ? kind::regular
                    : S_ISFIFO(found.st_mode) ? kind::fifo
                                              : kind::other,
            .bytes = regular ? static_cast<std::uint64_t>(found.st_size) : 0,
            .device = found.st_dev,
            .inode = found.st_ino,
            .modified_ns = std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
}

/// The name under which a file that standard input was redirected to can be opened again.
constexpr char const* redirected = "/dev/stdin";

/// A file by redirection is as good as its name. One that was read in part continues as a stream.
input_file standard_input() {
    struct stat found{};
    if (::fstat(STDIN_FILENO, &found) != 0) throw system_error(failure::no_input, "standard input", errno);
    if (S_ISDIR(found.st_mode)) refuse("-", "standard input is a directory");
    if (S_ISREG(found.st_mode) && ::lseek(STDIN_FILENO, 0, SEEK_CUR) == 0)
        if (detail::open_at(AT_FDCWD, redirected, O_RDONLY | O_NOCTTY)) return describe(redirected, found);
    auto input = describe("-", found);
    input.type = input_file::kind::standard_input;
    input.bytes = 0;
    return input;
}

/// Opens regular files to check that they are readable. FIFOs and devices are not opened: that could wake the other
/// end.
void check_readable(input_file const& input) {
    if (input.type == input_file::kind::regular) {
        if (detail::open_at(AT_FDCWD, input.name, O_RDONLY | O_NOCTTY)) return;
    } else if (::faccessat(AT_FDCWD, input.name.c_str(), R_OK, AT_EACCESS) == 0) {
        return;
    }
    throw system_error(failure::no_input, "cannot be read", errno, place{.file = input.name});
}

/// The matches of a pattern in the order of their bytes, whatever the locale.
std::vector<std::string> matches(std::string const& pattern) {
    struct owned_glob { // taking the names may throw
        glob_t names{};
        ~owned_glob() { ::globfree(&names); }
    } owner;
    auto& found = owner.names;
    int const result = ::glob(pattern.c_str(), GLOB_NOSORT | GLOB_ERR, nullptr, &found);
    int const error_number = errno;
    std::vector<std::string> names;
    if (result == 0) names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    if (result == GLOB_NOMATCH) refuse(pattern, "no file matches this pattern");
    if (result == GLOB_NOSPACE) throw error(failure::resource, "out of memory for the matches of " + pattern);
    if (result != 0) throw system_error(failure::no_input, "a folder cannot be read", error_number, {.file = pattern});
    std::ranges::sort(names);
    return names;
}

void add_path(std::string const& name, struct stat const& found, std::vector<input_file>& inputs) {
    if (S_ISSOCK(found.st_mode)) refuse(name, "a socket cannot be opened as a file");
    if (!S_ISDIR(found.st_mode)) {
        inputs.push_back(describe(name, found));
        check_readable(inputs.back());
        return;
    }
    auto const before = inputs.size();
    for (auto const& file : detail::files_below(name)) {
        struct stat inner{};
        if (::stat(file.c_str(), &inner) != 0) refuse_missing(file, errno);
        if (!S_ISREG(inner.st_mode)) continue;
        inputs.push_back(describe(file, inner));
        check_readable(inputs.back());
    }
    if (inputs.size() == before) refuse(name, "a directory without regular files (hidden ones do not count)");
}

void add_existing(std::string const& name, std::vector<input_file>& inputs) {
    struct stat found{};
    if (::stat(name.c_str(), &found) != 0) refuse_missing(name, errno);
    add_path(name, found, inputs);
}

void add_argument(std::string const& argument, std::vector<input_file>& inputs) {
    if (argument.empty()) refuse("''", "an empty file name");
    if (argument.find('\0') != std::string::npos) refuse(argument, "a file name with a NUL byte");
    struct stat link{};
    bool const there = ::lstat(argument.c_str(), &link) == 0;
    bool const pattern = argument.find_first_of("*?[") != std::string::npos;
    if (there || !pattern || (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG))
        return add_existing(argument, inputs);
    for (auto const& name : matches(argument)) add_existing(name, inputs);
}
}

std::vector<input_file> find_inputs(std::span<std::string const> arguments) {
    if (arguments.empty()) throw error(failure::no_input, "no input was named");
    std::vector<input_file> inputs;
    bool has_standard_input = false;
    for (auto const& argument : arguments) {
        if (argument != "-") {
            add_argument(argument, inputs);
            continue;
        }
        if (std::exchange(has_standard_input, true)) refuse("-", "standard input can be read only once");
        inputs.push_back(standard_input());
    }
    return inputs;
}

bool same_file(input_file const& input, std::string const& path) {
    struct stat found{};
    int const result = path == "-" ? ::fstat(STDOUT_FILENO, &found) : ::stat(path.c_str(), &found);
    return result == 0 && S_ISREG(found.st_mode) && found.st_dev == input.device && found.st_ino == input.inode;
}
}
