module;
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import :cooccurrence;
import :matrix_entries;
import :npy_array;
import :zip;

namespace wordmill::detail {
namespace {
constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = std::size_t{1} << 16;
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

/// What stands behind `'key':` in the dict of a header, up to the comma or brace that ends it.
std::optional<std::string_view> text_of(std::string_view header, std::string_view key) {
    auto const quoted = "'" + std::string(key) + "'";
    auto const at = header.find(quoted);
    if (at == std::string_view::npos || header.find(quoted, at + 1) != std::string_view::npos) return std::nullopt;
    header.remove_prefix(at + quoted.size());
    auto const skip_blanks = [&] { header.remove_prefix(std::min(header.find_first_not_of(' '), header.size())); };
    skip_blanks();
    if (!header.starts_with(':')) return std::nullopt;
    header.remove_prefix(1);
    skip_blanks();
    auto const end = header.starts_with('(') ? header.find(')') + 1 : header.find_first_of(",}");
    return header.substr(0, end);
}

/// "()" and "(12,)", with what Python 2 puts behind a number; nothing for other shapes.
std::optional<std::uint64_t> size_of_shape(std::string_view shape) {
    if (shape == "()") return 1;
    std::uint64_t size = 0;
    if (!shape.starts_with('(')) return std::nullopt;
    auto const [end, problem] = std::from_chars(shape.data() + 1, shape.data() + shape.size(), size);
    auto const rest = shape.substr(static_cast<std::size_t>(end - shape.data()));
    if (problem != std::errc{} || (rest != ",)" && rest != "L,)")) return std::nullopt;
    return size;
}

/// 0 for what we do not read.
std::size_t bytes_of_type(std::string_view type) noexcept {
    if (type == "<f4" || type == "<i4" || type == "<u4") return 4;
    if (type == "<f8" || type == "<i8" || type == "<u8") return 8;
    return type == "|S3" ? 3 : 0;
}
}

npy_array::npy_array(std::string const& file, std::string const& name, std::vector<zip_entry> const& members)
    : file_(file), name_(name + ".npy"), member_((static_cast<void>(member_bytes(file, name_, members)), file), name_) {
    auto const read = [&](char* into, std::size_t bytes) {
        if (member_.read({into, bytes}) != bytes) refuse("the member ends inside the header");
    };
    char first[12]{};
    read(first, 10);
    auto const version = static_cast<unsigned char>(first[6]);
    if (std::string_view(first, magic.size()) != magic || version < 1 || version > 3 || first[7] != 0)
        refuse("expected an .npy array of version 1, 2 or 3, found other first bytes");
    std::size_t const before = version == 1 ? 10 : 12;
    read(first + 10, before - 10);
    std::size_t const size = version == 1 ? value_at<std::uint16_t>(first + 8) : value_at<std::uint32_t>(first + 8);
    if (size > longest_header)
        refuse("expected a header of at most " + format_count(longest_header) + " bytes, found one of "
               + format_count(size));
    std::string header(size, '\0');
    read(header.data(), size);
    parse(header);
    std::uint64_t bytes = 0;
    if (__builtin_mul_overflow(size_, value_bytes_, &bytes) || __builtin_add_overflow(bytes, before + size, &bytes)
        || bytes != member_bytes(file, name_, members))
        refuse("expected " + format_count(size_) + " values of " + std::to_string(value_bytes_)
               + " bytes behind the header, found a member of " + format_bytes(member_bytes(file, name_, members)));
}

void npy_array::parse(std::string_view header) {
    auto const type = text_of(header, "descr");
    auto const order = text_of(header, "fortran_order");
    auto const shape = text_of(header, "shape");
    if (!type || !order || !shape) refuse("expected a header with 'descr', 'fortran_order' and 'shape' once each");
    type_ = *type;
    if (type_.size() < 2 || type_.front() != '\'' || type_.back() != '\'') refuse("expected an array of one type");
    type_ = type_.substr(1, type_.size() - 2);
    if (type_.find('O') != std::string::npos)
        refuse("expected numbers, found Python objects, which are never unpickled");
    value_bytes_ = bytes_of_type(type_);
    if (value_bytes_ == 0)
        refuse("expected '<f4', '<f8', '<i4', '<i8', '<u4' or '<u8', found '" + type_.substr(0, 20) + "'");
    if (*order != "False") refuse("expected 'fortran_order': False, as NumPy says of arrays of one dimension");
    auto const size = size_of_shape(*shape);
    if (!size) refuse("expected an array of one dimension, found the shape " + std::string(shape->substr(0, 50)));
    size_ = *size;
    scalar_ = *shape == "()";
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
    if (at_ != window_.size() || member_.read({&more, 1}) != 0) refuse("expected the end behind the array, found more");
}

std::string npy_header(std::string_view type, std::string_view shape) {
    std::string text =
        "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': " + std::string(shape) + ", }";
    // the array starts at a multiple of 64 bytes
    constexpr std::size_t before = 10;
    text.append(63 - (before + text.size()) % 64, ' ');
    text += '\n';
    std::string first(magic);
    first += '\x01';
    first += '\0';
    first += static_cast<char>(text.size() & 0xff);
    first += static_cast<char>(text.size() >> 8);
    return first + text;
}
}
