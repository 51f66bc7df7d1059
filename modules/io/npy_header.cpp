module;
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>
module wordmill.io;
import :npy_header;
import wordmill.core;

namespace wordmill::detail {
namespace {
constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = std::size_t{1} << 16;
using refusal = std::function<void(std::string const&)>;

[[noreturn]] void fail(refusal const& refuse, std::string const& message) {
    refuse(message);
    throw error(failure::bad_data, message);
}

/// Reads the header's Python dict: the three keys that the format has, each once, in any order.
class header_parser {
public:
    header_parser(std::string_view text, refusal const& refuse) : text_(text), refuse_(refuse) {}

    npy_header parse() {
        npy_header header;
        std::optional<bool> fortran_order;
        std::optional<std::vector<std::uint64_t>> shape;
        take('{');
        while (!next_is('}')) {
            auto const key = string();
            take(':');
            if (key == "descr" && header.type.empty()) {
                header.type = type();
            } else if (key == "fortran_order" && !fortran_order) {
                fortran_order = truth();
            } else if (key == "shape" && !shape) {
                shape = tuple();
            } else {
                expected("the keys 'descr', 'fortran_order' and 'shape' once each");
            }
            if (!next_is('}')) take(',');
        }
        take('}');
        skip_blanks();
        if (at_ != text_.size()) expected("nothing after the dict");
        if (header.type.empty() || !fortran_order || !shape) expected("the keys 'descr', 'fortran_order' and 'shape'");
        header.fortran_order = *fortran_order;
        header.shape = *std::move(shape);
        return header;
    }

private:
    [[noreturn]] void expected(std::string const& what) const {
        fail(refuse_, "expected " + what + " at byte " + std::to_string(at_) + " of the header");
    }
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    }
    bool next_is(char c) {
        skip_blanks();
        return at_ < text_.size() && text_[at_] == c;
    }
    void take(char c) {
        if (!next_is(c)) expected(std::string("'") + c + "'");
        ++at_;
    }
    std::string string() {
        char const quote = next_is('"') ? '"' : '\'';
        take(quote);
        auto const end = text_.find(quote, at_);
        if (end == std::string_view::npos) expected("the end of a string");
        auto const text = text_.substr(at_, end - at_);
        if (text.find('\\') != std::string_view::npos) expected("a string without escapes");
        at_ = end + 1;
        return std::string(text);
    }
    std::string type() {
        if (next_is('[')) fail(refuse_, "expected an array of numbers, found one of records");
        return string();
    }
    bool truth() {
        skip_blanks();
        for (auto const& [text, value] : {std::pair(std::string_view("True"), true), {"False", false}})
            if (text_.substr(at_).starts_with(text)) {
                at_ += text.size();
                return value;
            }
        expected("True or False");
    }
    std::vector<std::uint64_t> tuple() {
        std::vector<std::uint64_t> sizes;
        take('(');
        while (!next_is(')')) {
            auto const [end, problem] =
                std::from_chars(text_.data() + at_, text_.data() + text_.size(), sizes.emplace_back());
            if (problem != std::errc{}) expected("a size below 2^64");
            at_ = static_cast<std::size_t>(end - text_.data());
            if (next_is('L')) ++at_; // written by Python 2
            if (!next_is(')')) take(',');
        }
        take(')');
        return sizes;
    }

    std::string_view text_;
    refusal const& refuse_;
    std::size_t at_ = 0;
};
}

npy_header read_npy_header(std::function<void(char*, std::size_t)> const& read, refusal const& refuse) {
    char first[8];
    read(first, sizeof first);
    auto const version = static_cast<unsigned char>(first[6]);
    if (std::string_view(first, magic.size()) != magic || version < 1 || version > 3 || first[7] != 0)
        fail(refuse, "expected an .npy array of version 1, 2 or 3, found other first bytes");
    unsigned char size_bytes[4]{};
    std::size_t const width = version == 1 ? 2 : 4;
    read(reinterpret_cast<char*>(size_bytes), width);
    std::size_t size = 0;
    for (std::size_t i = width; i-- > 0;) size = size << 8 | size_bytes[i];
    if (size > longest_header)
        fail(refuse, "expected a header of at most " + format_count(longest_header) + " bytes, found one of "
                         + format_count(size));
    std::string text(size, '\0');
    read(text.data(), size);
    auto header = header_parser(text, refuse).parse();
    header.bytes = sizeof first + width + size;
    return header;
}

std::string npy_header_text(std::string_view type, std::span<std::uint64_t const> shape) {
    auto text =
        "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': " + npy_shape_text(shape) + ", }";
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

std::string npy_shape_text(std::span<std::uint64_t const> shape) {
    std::string text = "(";
    for (auto const size : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + (shape.size() == 1 ? ",)" : ")");
}
}
