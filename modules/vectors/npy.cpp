module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.vectors;
import wordmill.core;
import wordmill.io;
import wordmill.safetensors;
import :files;
import :formats;
import :numbers;
import :word_list;
import :word_vectors;

namespace wordmill::detail {
namespace {
constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t longest_header = std::size_t{1} << 16;

struct npy_header {
    std::string type{};
    std::optional<bool> fortran_order{};
    std::vector<std::uint64_t> shape{};
    bool has_shape = false;
};

/// Reads the header's Python dict: the three keys that the format has, each once, in any order.
class header_parser {
public:
    header_parser(std::string_view text, byte_reader const& in) : text_(text), in_(in) {}

    npy_header parse() {
        npy_header header;
        take('{');
        while (!next_is('}')) {
            auto const key = string();
            take(':');
            if (key == "descr" && header.type.empty()) {
                header.type = description();
            } else if (key == "fortran_order" && !header.fortran_order) {
                header.fortran_order = truth();
            } else if (key == "shape" && !header.has_shape) {
                header.shape = tuple();
                header.has_shape = true;
            } else {
                refuse("the keys 'descr', 'fortran_order' and 'shape' once each");
            }
            if (!next_is('}')) take(',');
        }
        take('}');
        skip_blanks();
        if (at_ != text_.size()) refuse("nothing behind the dict");
        if (header.type.empty() || !header.fortran_order || !header.has_shape)
            refuse("the keys 'descr', 'fortran_order' and 'shape'");
        return header;
    }

private:
    [[noreturn]] void refuse(std::string const& expected) const {
        in_.refuse("npy header: expected " + expected + " at byte " + std::to_string(at_) + " of the header");
    }
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    }
    bool next_is(char c) {
        skip_blanks();
        return at_ < text_.size() && text_[at_] == c;
    }
    void take(char c) {
        if (!next_is(c)) refuse(std::string("'") + c + "'");
        ++at_;
    }
    std::string string() {
        char const quote = next_is('"') ? '"' : '\'';
        take(quote);
        auto const end = text_.find(quote, at_);
        if (end == std::string_view::npos) refuse("the end of a string");
        auto const text = text_.substr(at_, end - at_);
        if (text.find('\\') != std::string_view::npos) refuse("a string without escapes");
        at_ = end + 1;
        return std::string(text);
    }
    std::string description() {
        if (next_is('[')) in_.refuse("npy: expected an array of numbers, found one of records");
        return string();
    }
    bool truth() {
        skip_blanks();
        for (auto const& [text, value] : {std::pair(std::string_view("True"), true), {"False", false}})
            if (text_.substr(at_).starts_with(text)) {
                at_ += text.size();
                return value;
            }
        refuse("True or False");
    }
    std::vector<std::uint64_t> tuple() {
        std::vector<std::uint64_t> sizes;
        take('(');
        while (!next_is(')')) {
            auto const end = text_.find_first_not_of("0123456789", at_);
            auto const size = parse_size(text_.substr(at_, end - at_));
            if (!size) refuse("a size below 2^64");
            sizes.push_back(*size);
            at_ = end;
            if (next_is('L')) ++at_; // written by Python 2
            if (!next_is(')')) take(',');
        }
        take(')');
        return sizes;
    }

    std::string_view text_;
    byte_reader const& in_;
    std::size_t at_ = 0;
};

npy_header read_header(byte_reader& in) {
    char first[8];
    in.read(first, sizeof first, "the header");
    auto const version = static_cast<unsigned char>(first[6]);
    if (std::string_view(first, magic.size()) != magic) in.refuse("expected an .npy file, found other first bytes");
    if (version < 1 || version > 3 || first[7] != 0)
        in.refuse("npy: expected version 1.0, 2.0 or 3.0, found " + std::to_string(version) + "."
                  + std::to_string(static_cast<unsigned char>(first[7])));
    char size_bytes[4]{};
    in.read(size_bytes, version == 1 ? 2 : 4, "the header");
    auto const size = value_at<std::uint32_t>(size_bytes);
    if (size > longest_header)
        in.refuse("npy: expected a header of at most " + format_count(longest_header) + " bytes, found one of "
                  + format_count(size));
    std::string text(size, '\0');
    in.read(text.data(), size, "the header");
    return header_parser(text, in).parse();
}

std::size_t value_bytes(std::string const& type, byte_reader const& in) {
    if (type == "<f4") return 4;
    if (type == "<f2") return 2;
    if (type == "<f8") return 8;
    if (type.find('O') != std::string::npos)
        in.refuse("npy: expected floats, found Python objects", "pickled objects are never loaded");
    in.refuse("npy: expected little-endian floats ('<f2', '<f4' or '<f8'), found '" + type + "'",
              "numpy.save(name, array.astype('<f4'))");
}

void convert(char const* from, std::size_t bytes, std::span<float> to) {
    for (auto& value : to) {
        value = bytes == 4   ? value_at<float>(from)
                : bytes == 2 ? half_to_float(value_at<std::uint16_t>(from))
                             : static_cast<float>(value_at<double>(from));
        from += bytes;
    }
}

/// Column by column, a few at once for the sake of the cache.
void read_columns(byte_reader& in, std::size_t bytes, std::size_t rows, std::size_t columns, std::size_t kept,
                  std::span<float> to) {
    constexpr std::size_t at_once = 16;
    std::string raw;
    for (std::size_t c = 0; c < columns; c += at_once) {
        auto const some = std::min(at_once, columns - c);
        raw.resize(some * rows * bytes);
        in.read(raw.data(), raw.size(), "the array");
        for (std::size_t r = 0; r < kept; ++r)
            for (std::size_t i = 0; i < some; ++i)
                convert(raw.data() + (i * rows + r) * bytes, bytes, to.subspan(r * columns + c + i, 1));
    }
}
}

word_vectors read_npy(byte_reader& in, load_vectors_options const& options) {
    auto const header = read_header(in);
    auto const bytes = value_bytes(header.type, in);
    if (header.shape.size() != 2)
        in.refuse("npy: expected an array of 2 dimensions, words and values, found "
                  + std::to_string(header.shape.size()));
    auto const dimension = header.shape[1];
    auto const rows = believed_rows(in, header.shape[0], dimension, std::min(dimension, most_dimensions) * bytes);
    if (in.plain() && in.most_left() != rows * dimension * bytes)
        in.refuse("npy: expected " + format_count(rows * dimension * bytes) + " bytes behind the header, found "
                  + format_count(in.most_left()));
    auto made = builder_for(in, rows, dimension, options);
    auto const wanted = wanted_rows(rows, options);

    byte_reader words_in(options.words.empty() ? word_list_beside(in.name()) : options.words);
    auto const words_name = words_in.name();
    word_list words(words_in.rest(most_word_list_bytes, "a word list"), words_name);
    if (*header.fortran_order) {
        read_columns(in, bytes, rows, dimension, wanted, made.room(wanted));
        name_rows(made, wanted, words, wanted < rows);
    } else {
        std::string raw(dimension * bytes, '\0');
        for (std::uint64_t row = 0; row < wanted; ++row) {
            in.read(raw.data(), raw.size(), "the array");
            convert(raw.data(), bytes, made.room());
            name_rows(made, 1, words, row + 1 < rows);
        }
    }
    if (wanted == rows && !in.ended()) in.refuse("npy: expected the end behind the array, found more");
    return std::move(made).finish();
}

void write_npy(word_vectors const& vectors, output_file& out, bool half) {
    std::string text = "{'descr': '";
    text += half ? "<f2" : "<f4";
    text += "', 'fortran_order': False, 'shape': (";
    append_size(text, vectors.size());
    text += ", ";
    append_size(text, vectors.dimension());
    text += "), }";
    // the array starts at a multiple of 64 bytes
    constexpr std::size_t before = 10;
    text.append(63 - (before + text.size()) % 64, ' ');
    text += '\n';
    std::string first(magic);
    first += '\x01';
    first += '\0';
    first += static_cast<char>(text.size() & 0xff);
    first += static_cast<char>(text.size() >> 8);
    out.write(first + text);
    write_values(vectors, out, half);
}
}
