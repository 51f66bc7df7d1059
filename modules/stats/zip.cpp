module;
#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.io;
import :zip;

namespace wordmill::detail {
namespace {
constexpr std::uint64_t most_expansion = 1032; ///< of deflate
constexpr std::size_t most_members = 1000;

struct release_reader {
    void operator()(archive* a) const noexcept { archive_read_free(a); }
};
struct release_writer {
    void operator()(archive* a) const noexcept { archive_write_free(a); }
};
struct release_entry {
    void operator()(archive_entry* e) const noexcept { archive_entry_free(e); }
};
using reader = std::unique_ptr<archive, release_reader>;

[[noreturn]] void refuse(archive* a, std::string const& file, std::string_view what) {
    auto const* const text = archive_error_string(a);
    auto const kind = kind_of(archive_errno(a), failure::bad_data); // memory and open files are no fault of the file
    throw error(kind, "zip: " + std::string(what) + ": " + (text != nullptr ? text : "damaged"), {.file = file});
}

reader opened(std::string const& file) {
    reader a(archive_read_new());
    if (!a) throw std::bad_alloc();
    if (archive_read_support_format_zip_seekable(a.get()) != ARCHIVE_OK
        || archive_read_open_filename(a.get(), file.c_str(), std::size_t{1} << 16) != ARCHIVE_OK)
        refuse(a.get(), file, "expected an archive");
    return a;
}

/// The next member, or null at the end.
archive_entry* next(archive* a, std::string const& file) {
    archive_entry* entry = nullptr;
    auto const result = archive_read_next_header(a, &entry);
    if (result == ARCHIVE_EOF) return nullptr;
    if (result != ARCHIVE_OK) refuse(a, file, "expected a member");
    return entry;
}

std::string name_of(archive_entry* entry) {
    auto const* const name = archive_entry_pathname(entry);
    return name != nullptr ? name : "";
}
}

struct zip_writer::state {
    output_file& out;
    std::exception_ptr problem{}; ///< libarchive is C, so exceptions wait here until it has returned
    bool abandoned = false;
    std::uint64_t left = 0; ///< of the member
    std::unique_ptr<archive, release_writer> zip{};

    /// Never reports a failure, because libarchive would then not free all of its memory.
    static la_ssize_t write(archive*, void* self, void const* bytes, std::size_t size) noexcept {
        auto& s = *static_cast<state*>(self);
        try {
            if (!s.problem && !s.abandoned) s.out.write({static_cast<char const*>(bytes), size});
        } catch (...) {
            s.problem = std::current_exception();
        }
        return static_cast<la_ssize_t>(size);
    }
    void check(la_ssize_t result) {
        if (problem) std::rethrow_exception(problem);
        if (result >= ARCHIVE_OK) return;
        auto const* const text = archive_error_string(zip.get());
        throw error(failure::io, std::string("zip: ") + (text != nullptr ? text : "cannot be written"));
    }
};

zip_writer::zip_writer(output_file& out) : state_(std::make_unique<state>(out)) {
    auto& s = *state_;
    s.zip.reset(archive_write_new());
    if (!s.zip) throw std::bad_alloc();
    auto* const zip = s.zip.get();
    s.check(archive_write_set_format_zip(zip));
    s.check(archive_write_zip_set_compression_store(zip));
    s.check(archive_write_set_bytes_in_last_block(zip, 1)); // no padding
    s.check(archive_write_open(zip, &s, nullptr, state::write, nullptr));
}

zip_writer::~zip_writer() {
    state_->abandoned = true; // freeing the archive closes it if it is still open
}

void zip_writer::begin(std::string const& name, std::uint64_t bytes) {
    std::unique_ptr<archive_entry, release_entry> entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes));
    state_->check(archive_write_header(state_->zip.get(), entry.get()));
    state_->left = bytes;
}

void zip_writer::write(std::string_view bytes) {
    expect(bytes.size() <= state_->left, "zip: more bytes than the member was announced with");
    state_->left -= bytes.size();
    state_->check(archive_write_data(state_->zip.get(), bytes.data(), bytes.size()));
}

void zip_writer::finish() {
    expect(state_->left == 0, "zip: fewer bytes than the member was announced with");
    state_->check(archive_write_close(state_->zip.get()));
}

std::vector<zip_entry> zip_members(std::string const& file) {
    auto const file_bytes = seekable_file(file).bytes();
    auto const a = opened(file);
    std::vector<zip_entry> all;
    std::set<std::string> names;
    while (auto* const entry = next(a.get(), file)) {
        auto name = name_of(entry);
        auto const refuse_sizes = [&](std::string const& found) {
            throw error(failure::bad_data,
                        "zip: " + name + ": expected a size that " + format_bytes(file_bytes) + " can unpack to, found "
                            + found,
                        {.file = file});
        };
        if (!archive_entry_size_is_set(entry)) refuse_sizes("none");
        auto const size = archive_entry_size(entry);
        if (size < 0 || static_cast<std::uint64_t>(size) / most_expansion > file_bytes)
            refuse_sizes(format_count(static_cast<std::uint64_t>(size)) + " bytes");
        if (!names.insert(name).second || names.size() > most_members)
            throw error(failure::bad_data, "zip: expected each name once, found '" + name + "' again or too many",
                        {.file = file});
        all.push_back({std::move(name), static_cast<std::uint64_t>(size)});
    }
    return all;
}

struct zip_member::state {
    std::string file{};
    std::string name{};
    reader zip{};
};

zip_member::zip_member(std::string const& file, std::string const& name)
    : state_(std::make_unique<state>(file, name, opened(file))) {
    for (auto* entry = next(state_->zip.get(), file); entry != nullptr; entry = next(state_->zip.get(), file))
        if (name_of(entry) == name) return;
    throw error(failure::bad_data, "zip: expected the member " + name + ", found none", {.file = file});
}
zip_member::zip_member(zip_member&&) noexcept = default;
zip_member& zip_member::operator=(zip_member&&) noexcept = default;
zip_member::~zip_member() = default;

std::size_t zip_member::read(std::span<char> into) {
    std::size_t done = 0;
    while (done < into.size()) {
        auto const some = archive_read_data(state_->zip.get(), into.data() + done, into.size() - done);
        if (some < 0) refuse(state_->zip.get(), state_->file, state_->name);
        if (some == 0) break;
        done += static_cast<std::size_t>(some);
    }
    return done;
}
}
