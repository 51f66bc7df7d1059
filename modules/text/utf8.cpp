module;
#include "../core/simdjson.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
module wordmill.text;

namespace wordmill {
namespace {
constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::uint8_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }
bool continuation(std::uint8_t b) { return (b & 0xC0) == 0x80; }

/// How many bytes a sequence with this first byte claims to have; 1 for bytes that cannot begin one.
std::size_t claimed_length(std::uint8_t lead) {
    if (lead < 0xC0) return 1;
    if (lead < 0xE0) return 2;
    if (lead < 0xF0) return 3;
    return lead < 0xF8 ? 4 : 1;
}

bool may_begin(std::uint8_t lead) { return lead < 0x80 || (lead >= 0xC2 && lead <= 0xF4); }

/// The second byte carries the bounds against overlong forms, surrogates and numbers above U+10FFFF.
bool may_follow(std::uint8_t lead, std::uint8_t second) {
    switch (lead) {
    case 0xE0: return second >= 0xA0 && second <= 0xBF;
    case 0xED: return second >= 0x80 && second <= 0x9F;
    case 0xF0: return second >= 0x90 && second <= 0xBF;
    case 0xF4: return second >= 0x80 && second <= 0x8F;
    default: return continuation(second);
    }
}

/// The length of the longest beginning of a character at `offset`, at least 1.
std::size_t prefix_length(std::string_view bytes, std::size_t offset) {
    auto const lead = byte_at(bytes, offset);
    if (!may_begin(lead)) return 1;
    auto const most = std::min(claimed_length(lead), bytes.size() - offset);
    std::size_t length = 1;
    if (length < most && may_follow(lead, byte_at(bytes, offset + 1))) {
        ++length;
        while (length < most && continuation(byte_at(bytes, offset + length))) ++length;
    }
    return length;
}

std::size_t scan_valid(std::string_view bytes, std::size_t offset) {
    while (offset < bytes.size()) {
        std::uint64_t eight = 0;
        if (bytes.size() - offset >= 8) {
            std::memcpy(&eight, bytes.data() + offset, 8);
            if ((eight & 0x8080808080808080ULL) == 0) {
                offset += 8;
                continue;
            }
        }
        auto const length = character_length(bytes, offset);
        if (length == 0) return offset;
        offset += length;
    }
    return std::string_view::npos;
}
}

std::string_view name_of(utf8_fault fault) noexcept {
    switch (fault) {
    case utf8_fault::lone_continuation: return "lone continuation byte";
    case utf8_fault::invalid_byte: return "invalid byte";
    case utf8_fault::overlong: return "overlong form";
    case utf8_fault::surrogate: return "surrogate";
    case utf8_fault::too_large: return "above U+10FFFF";
    case utf8_fault::truncated: return "truncated sequence";
    }
    return "unknown fault";
}

bool valid_utf8(std::string_view bytes) noexcept { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

std::size_t first_invalid(std::string_view bytes) noexcept {
    return valid_utf8(bytes) ? std::string_view::npos : scan_valid(bytes, 0);
}

std::size_t character_length(std::string_view bytes, std::size_t offset) noexcept {
    auto const lead = byte_at(bytes, offset);
    auto const length = prefix_length(bytes, offset);
    return may_begin(lead) && length == claimed_length(lead) ? length : 0;
}

utf8_fault fault_at(std::string_view bytes, std::size_t offset) noexcept {
    auto const lead = byte_at(bytes, offset);
    if (continuation(lead)) return utf8_fault::lone_continuation;
    if (lead >= 0xF8) return utf8_fault::invalid_byte;
    if (lead >= 0xF5) return utf8_fault::too_large;
    if (lead == 0xC0 || lead == 0xC1) return utf8_fault::overlong;
    if (offset + 1 >= bytes.size() || !continuation(byte_at(bytes, offset + 1))
        || may_follow(lead, byte_at(bytes, offset + 1)))
        return utf8_fault::truncated;
    return lead == 0xED ? utf8_fault::surrogate : lead == 0xF4 ? utf8_fault::too_large : utf8_fault::overlong;
}

std::size_t maximal_subpart(std::string_view bytes, std::size_t offset) noexcept {
    return prefix_length(bytes, offset);
}

std::size_t character_border(std::string_view bytes, std::size_t limit) noexcept {
    if (limit >= bytes.size()) return bytes.size();
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, limit); ++back) {
        auto const begin = limit - back;
        if (continuation(byte_at(bytes, begin))) continue;
        return character_length(bytes, begin) > back ? begin : limit;
    }
    return limit;
}

utf8_fault_counts append_repaired(std::string& out, std::string_view bytes) {
    utf8_fault_counts counts;
    if (valid_utf8(bytes)) {
        out += bytes;
        return counts;
    }
    std::size_t offset = 0;
    std::size_t counted_until = 0; // continuation bytes before it belong to a sequence that was counted
    for (;;) {
        auto const fault = scan_valid(bytes, offset);
        out += bytes.substr(offset, fault == std::string_view::npos ? fault : fault - offset);
        if (fault == std::string_view::npos) return counts;
        auto const kind = fault_at(bytes, fault);
        if (kind != utf8_fault::lone_continuation || fault >= counted_until) {
            ++counts.by_class[static_cast<std::size_t>(kind)];
            bool const whole =
                kind == utf8_fault::overlong || kind == utf8_fault::surrogate || kind == utf8_fault::too_large;
            counted_until = fault + 1;
            while (whole && counted_until < std::min(bytes.size(), fault + claimed_length(byte_at(bytes, fault)))
                   && continuation(byte_at(bytes, counted_until)))
                ++counted_until;
        }
        out += replacement;
        ++counts.replaced;
        offset = fault + maximal_subpart(bytes, fault);
    }
}
}
