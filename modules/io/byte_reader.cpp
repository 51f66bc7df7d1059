module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.io;
import wordmill.core;
import wordmill.stream;
import :byte_reader;
import :bytes;
import :inputs;

namespace wordmill::detail {
namespace {
input_file only_input(std::string const& path) {
    auto found = find_inputs(std::vector{path});
    if (found.size() == 1) return std::move(found.front());
    throw error(failure::usage, "expected one file, found " + std::to_string(found.size()), {.file = path});
}

bool stored_plainly(input_file const& file) {
    if (file.type != input_file::kind::regular) return false;
    std::ifstream in(file.name, std::ios::binary);
    char first[6]{};
    in.read(first, sizeof first);
    return recognise_codec({first, static_cast<std::size_t>(in.gcount())}) == codec::none;
}

/// What a decoder may make of the file under its default limits.
std::uint64_t most_decoded(input_file const& file, bool plain) {
    if (plain) return file.bytes;
    std::uint64_t bytes = 0;
    bool const unknown = file.type != input_file::kind::regular
                         || __builtin_mul_overflow(file.bytes, decode_limits{}.max_expansion, &bytes)
                         || __builtin_add_overflow(bytes, std::uint64_t{128} << 20, &bytes);
    return unknown ? std::numeric_limits<std::uint64_t>::max() : bytes;
}
}

byte_reader::byte_reader(std::string const& path)
    : file_(only_input(path)), most_bytes_(0), plain_(stored_plainly(file_)), blocks_(read_bytes(file_)) {
    most_bytes_ = most_decoded(file_, plain_);
}

bool byte_reader::more() {
    if (!block_) {
        block_.emplace(blocks_.begin());
    } else if (*block_ != std::default_sentinel) {
        ++*block_;
    }
    if (*block_ == std::default_sentinel) return false;
    window_.erase(0, at_);
    window_byte_ += at_;
    at_ = 0;
    window_ += (**block_).bytes;
    return true;
}

std::string_view byte_reader::peek(std::size_t bytes) {
    while (window_.size() - at_ < bytes && more()) {}
    return std::string_view(window_).substr(at_, bytes);
}

void byte_reader::skip(std::uint64_t bytes, char const* what) {
    while (bytes > 0) {
        auto const some = peek(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 1 << 16))).size();
        if (some == 0) refuse(std::string("the file ends inside ") + what);
        at_ += some;
        bytes -= some;
    }
}

void byte_reader::read(void* into, std::size_t bytes, char const* what) {
    for (auto to = static_cast<char*>(into); bytes > 0;) {
        if (at_ == window_.size() && !more()) refuse(std::string("the file ends inside ") + what);
        auto const some = std::min(bytes, window_.size() - at_);
        std::memcpy(to, window_.data() + at_, some);
        at_ += some;
        to += some;
        bytes -= some;
    }
}

std::optional<std::string_view> byte_reader::until(char end, std::size_t longest, char const* what,
                                                   bool last_may_lack_it) {
    for (std::size_t looked = 0;;) {
        auto const found = window_.find(end, at_ + looked);
        auto const size = (found == std::string::npos ? window_.size() : found) - at_;
        if (size > longest)
            refuse(std::string("expected ") + what + " of at most " + format_count(longest)
                   + " bytes, found a longer one");
        if (found != std::string::npos) {
            auto const text = std::string_view(window_).substr(at_, size);
            at_ = found + 1;
            return text;
        }
        looked = size;
        if (more()) continue;
        if (size == 0) return std::nullopt;
        if (!last_may_lack_it) refuse(std::string("the file ends inside ") + what);
        auto const text = std::string_view(window_).substr(at_);
        at_ = window_.size();
        return text;
    }
}

std::string byte_reader::rest(std::uint64_t longest, char const* what) {
    std::string all;
    while (!ended()) {
        all += std::string_view(window_).substr(at_);
        at_ = window_.size();
        if (all.size() > longest) refuse(std::string(what) + " has more than " + format_count(longest) + " bytes");
    }
    return all;
}

std::uint64_t byte_reader::most_left() const noexcept { return most_bytes_ - std::min(most_bytes_, position()); }

std::string byte_reader::left_in_words() const {
    return (plain_ ? "" : "at most ") + format_bytes(most_left()) + " are left of the file";
}

void byte_reader::refuse(std::string const& message, std::string_view hint) const {
    throw error(failure::bad_data, message, here(), hint);
}
}
