module;
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.io;
import :cooccurrence;
import :matrix_entries;
import :npy_array;
import :zip;

namespace wordmill::detail {
namespace {
constexpr std::size_t window_bytes = std::size_t{1} << 16;

std::uint64_t member_bytes(std::string const& file, std::string const& name, std::vector<zip_entry> const& members) {
    for (auto const& m : members)
        if (m.name == name) return m.bytes;
    throw error(failure::bad_data, "npz: expected the member " + name + ", found none", {.file = file},
                "scipy.sparse.save_npz writes what is read here");
}

template <class T> T value_at(char const* from) noexcept {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}

/// Bytes of a value of the type; 0 for types that cannot be read.
std::size_t bytes_of_type(std::string_view type) noexcept {
    if (type == "<f4" || type == "<i4" || type == "<u4") return 4;
    if (type == "<f8" || type == "<i8" || type == "<u8") return 8;
    return type == "|S3" ? 3 : 0;
}
}

npy_array::npy_array(std::string const& file, std::string const& name, std::vector<zip_entry> const& members)
    : file_(file), name_(name + ".npy"), member_((static_cast<void>(member_bytes(file, name_, members)), file), name_) {
    auto const header = read_npy_header(
        [&](char* into, std::size_t bytes) {
            if (member_.read({into, bytes}) != bytes) refuse("the member ends inside the header");
        },
        [&](std::string const& message) { refuse(message); });
    type_ = header.type;
    if (type_.find('O') != std::string::npos)
        refuse("expected numbers, found Python objects, which are never unpickled");
    value_bytes_ = bytes_of_type(type_);
    if (value_bytes_ == 0)
        refuse("expected '<f4', '<f8', '<i4', '<i8', '<u4' or '<u8', found '" + type_.substr(0, 20) + "'");
    if (header.fortran_order) refuse("expected 'fortran_order': False, as NumPy says of arrays of one dimension");
    scalar_ = header.shape.empty();
    if (header.shape.size() > 1)
        refuse("expected an array of one dimension, found the shape " + npy_shape_text(header.shape).substr(0, 50));
    size_ = scalar_ ? 1 : header.shape.front();
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(size_, value_bytes_, &bytes) || __builtin_add_overflow(bytes, header.bytes, &bytes)
        || bytes != member_bytes(file, name_, members))
        refuse("expected " + format_count(size_) + " values of " + std::to_string(value_bytes_)
               + " bytes after the header, found a member of " + format_bytes(member_bytes(file, name_, members)));
}

void npy_array::refuse(std::string const& message) const {
    place where{.file = file_};
    if (taken_ > 0) where.record = taken_;
    throw error(failure::bad_data, "npz: " + name_ + ": " + message, where);
}

std::string_view npy_array::next() {
    ++taken_;
    if (at_ == window_.size()) {
        window_.resize(window_bytes / value_bytes_ * value_bytes_);
        window_.resize(member_.read(window_));
        at_ = 0;
        if (taken_ > size_ || window_.empty() || window_.size() % value_bytes_ != 0)
            refuse("the member ends inside the array");
    }
    at_ += value_bytes_;
    return std::string_view(window_).substr(at_ - value_bytes_, value_bytes_);
}

std::uint64_t npy_array::next_index() {
    bool const wide = type_ == "<i8";
    if (!wide && type_ != "<i4") refuse("expected indices of '<i4' or '<i8', found '" + type_ + "'");
    auto const bytes = next();
    std::int64_t const value = wide ? value_at<std::int64_t>(bytes.data()) : value_at<std::int32_t>(bytes.data());
    if (value < 0) refuse("expected indices that are not negative, found " + std::to_string(value));
    return static_cast<std::uint64_t>(value);
}

template <class Entry> void npy_array::set_next(Entry& e, std::uint64_t unit) {
    if (type_.front() != '<') refuse("expected numbers, found '" + type_ + "'");
    auto const* const bytes = next().data();
    bool const wide = value_bytes_ == 8;
    bool taken = false;
    std::string found;
    if (type_[1] == 'f') {
        double const value = wide ? value_at<double>(bytes) : static_cast<double>(value_at<float>(bytes));
        taken = set_number(e, value, unit, wide ? double_rounding : float_rounding);
        if (!taken) found = std::to_string(value);
    } else if (type_[1] == 'i') {
        std::int64_t const value = wide ? value_at<std::int64_t>(bytes) : value_at<std::int32_t>(bytes);
        taken = value < 0 ? set_number(e, static_cast<double>(value), unit, 0)
                          : set_number(e, static_cast<std::uint64_t>(value), unit);
        if (!taken) found = std::to_string(value);
    } else {
        std::uint64_t const value = wide ? value_at<std::uint64_t>(bytes) : value_at<std::uint32_t>(bytes);
        taken = set_number(e, value, unit);
        if (!taken) found = std::to_string(value);
    }
    if (!taken) refuse("expected " + number_in_words<Entry>(unit) + ", found " + found);
}
template void npy_array::set_next(cooccurrence&, std::uint64_t);
template void npy_array::set_next(matrix_value&, std::uint64_t);

void npy_array::finish() {
    char more = 0;
    if (at_ != window_.size() || member_.read({&more, 1}) != 0) refuse("expected the end after the array, found more");
}
}
