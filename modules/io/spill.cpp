module;
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
module wordmill.io;
import :descriptor;
import wordmill.core;

namespace wordmill {
namespace {
constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

detail::descriptor open_nameless(std::string const& folder) {
    auto file = detail::open_at(AT_FDCWD, folder, O_TMPFILE | O_RDWR | O_EXCL, 0600);
    if (file || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)) return file;
    // A file system without O_TMPFILE (overlay, NFS): a name that is removed at once.
    std::string name = folder + "/.wordmill-spill-XXXXXX";
    file = detail::descriptor(::mkostemp(name.data(), O_CLOEXEC));
    if (file) ::unlink(name.c_str());
    return file;
}
}

struct spill_file::state {
    std::string name; ///< for messages: the folder, as the file has no name
    detail::descriptor file{};
    std::string buffer{};
    std::uint64_t written = 0; ///< in the file, without the buffer
    std::uint64_t next_read = 0;

    void flush() {
        detail::write_all(file.get(), buffer, name, file.get());
        written += buffer.size();
        buffer.clear();
    }
};

spill_file::spill_file(std::filesystem::path const& folder) : state_(std::make_unique<state>()) {
    std::string const where = folder.empty() ? temporary_folder().string() : folder.string();
    state_->name = where + " (temporary file)";
    state_->file = open_nameless(where);
    if (!state_->file)
        throw system_error(failure::cannot_create, "cannot create a temporary file", errno, place{.file = where},
                           "name another folder, for example with TMPDIR");
}

spill_file::spill_file(spill_file&&) noexcept = default;
spill_file& spill_file::operator=(spill_file&&) noexcept = default;
spill_file::~spill_file() = default;

void spill_file::write(std::string_view bytes) {
    auto& s = *state_;
    if (s.buffer.size() + bytes.size() > buffer_bytes) {
        s.flush();
        if (bytes.size() >= buffer_bytes) {
            detail::write_all(s.file.get(), bytes, s.name, s.file.get());
            s.written += bytes.size();
            return;
        }
    }
    if (s.buffer.empty()) s.buffer.reserve(buffer_bytes);
    s.buffer += bytes;
}

void spill_file::finish() {
    state_->flush();
    state_->buffer = {}; // many finished files must not hold many buffers
    state_->next_read = 0;
}

std::size_t spill_file::read(std::span<char> into) {
    auto const n = read_at(state_->next_read, into);
    state_->next_read += n;
    return n;
}

std::size_t spill_file::read_at(std::uint64_t offset, std::span<char> into) const {
    auto const& s = *state_;
    expect(s.buffer.empty(), "a spill file is read after finish()");
    auto const left = offset < s.written ? s.written - offset : 0;
    auto const want = std::min<std::uint64_t>(left, into.size());
    auto const got = detail::read_all_at(s.file.get(), offset, into.first(want), s.name);
    if (got < want)
        throw error(failure::io, "expected " + std::to_string(s.written) + " bytes, the file ends early",
                    place{.file = s.name, .byte = offset + got});
    return got;
}

std::uint64_t spill_file::bytes() const noexcept { return state_->written + state_->buffer.size(); }
}
