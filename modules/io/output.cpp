module;
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
module wordmill.io;
import :descriptor;
import :replacement;
import :sink;
import wordmill.core;

namespace wordmill {
namespace {
constexpr std::size_t buffer_bytes = std::size_t{1} << 18;

/// Combines small writes into large ones.
class descriptor_sink final : public detail::byte_sink {
public:
    descriptor_sink(int fd, std::string name) : fd_(fd), name_(std::move(name)) {
        struct stat found{};
        space_ = ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode) ? fd : -1;
        buffer_.reserve(buffer_bytes);
    }
    void write(std::string_view bytes) override {
        if (buffer_.size() + bytes.size() > buffer_bytes) finish();
        if (bytes.size() >= buffer_bytes)
            detail::write_all(fd_, bytes, name_, space_);
        else
            buffer_ += bytes;
    }
    void finish() override {
        detail::write_all(fd_, buffer_, name_, space_);
        buffer_.clear();
    }

private:
    int fd_;
    int space_;
    std::string name_;
    std::string buffer_{};
};

/// A device or FIFO opened for writing; false when `path` is none and has to be replaced as a file.
detail::descriptor open_device(std::string const& path) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0 || S_ISREG(found.st_mode) || S_ISDIR(found.st_mode)) return {};
    if (!S_ISCHR(found.st_mode) && !S_ISFIFO(found.st_mode))
        throw error(failure::cannot_create, "expected a file, a character device or a FIFO", place{.file = path});
    auto device = detail::open_at(AT_FDCWD, path, O_WRONLY | O_NOCTTY);
    if (!device) throw system_error(failure::cannot_create, "cannot be opened for writing", errno, {.file = path});
    return device;
}
}

struct output_file::state {
    enum class phase { open, committed, failed };

    std::string name;
    std::optional<detail::replacement> file{};
    detail::descriptor device{};
    std::unique_ptr<detail::byte_sink> plain{};
    std::unique_ptr<detail::byte_sink> compressor{};
    std::uint64_t bytes = 0;
    phase now = phase::open;

    void open(bool overwrite) {
        if (name == "-") {
            if (::fcntl(STDOUT_FILENO, F_GETFD) < 0)
                throw system_error(failure::cannot_create, "standard output", errno, {.file = name});
            plain = std::make_unique<descriptor_sink>(STDOUT_FILENO, "standard output");
            return;
        }
        device = open_device(name);
        if (!device) file.emplace(name, overwrite);
        plain = std::make_unique<descriptor_sink>(device ? device.get() : file->get(), name);
    }

    /// Removes the new file after an error, even if the object is kept.
    template <class Work> void unless_failed(Work work) {
        expect(now != phase::committed, "an output is finished after commit()");
        if (now == phase::failed) throw error(failure::io, "an earlier write failed", place{.file = name});
        try {
            work();
        } catch (...) {
            now = phase::failed;
            compressor.reset();
            plain.reset();
            file.reset();
            device = {};
            throw;
        }
    }
};

output_file::output_file(std::string path, output_options options) : state_(std::make_unique<state>()) {
    state_->name = std::move(path);
    detail::check_level(options.compression, options.level); // before anything is created
    state_->open(options.overwrite);
    state_->compressor = detail::make_compressor(options.compression, *state_->plain, options.level);
}

output_file::output_file(output_file&&) noexcept = default;
output_file& output_file::operator=(output_file&&) noexcept = default;
output_file::~output_file() = default;

void output_file::write(std::string_view bytes) {
    auto& s = *state_;
    s.unless_failed([&] { (s.compressor ? s.compressor : s.plain)->write(bytes); });
    s.bytes += bytes.size();
}

void output_file::commit() {
    auto& s = *state_;
    s.unless_failed([&] {
        if (s.compressor) s.compressor->finish();
        s.plain->finish();
        if (s.device) s.device.close(s.name);
        if (s.file) s.file->commit();
    });
    s.file.reset(); // releases the lock
    s.now = state::phase::committed;
}

std::uint64_t output_file::bytes_written() const noexcept { return state_->bytes; }
}
