module;
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
module wordmill.core;

namespace wordmill {
namespace {
[[noreturn]] void refuse(std::string_view text, std::string_view option, std::string_view expected) {
    throw error(failure::usage,
                std::string(option) + ": expected " + std::string(expected) + ", found '" + std::string(text) + "'");
}

/// The power for a K, M, G, T suffix, -1 for another letter.
int power_of(char c) {
    switch (c) {
    case 'k':
    case 'K': return 1;
    case 'm':
    case 'M': return 2;
    case 'g':
    case 'G': return 3;
    case 't':
    case 'T': return 4;
    default: return -1;
    }
}

std::uint64_t parse(std::string_view text, std::string_view option, std::uint64_t base, bool bytes,
                    std::string_view expected) {
    std::uint64_t whole = 0;
    char const* const end = text.data() + text.size();
    auto const [after, problem] = std::from_chars(text.data(), end, whole);
    if (problem != std::errc{} || after == text.data()) refuse(text, option, expected);
    std::string_view rest(after, static_cast<std::size_t>(end - after));
    std::uint64_t decimals = 0;
    std::uint64_t decimal_scale = 1;
    if (!rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        if (rest.empty() || rest.front() < '0' || rest.front() > '9') refuse(text, option, expected);
        for (; !rest.empty() && rest.front() >= '0' && rest.front() <= '9'; rest.remove_prefix(1)) {
            if (decimal_scale >= 1'000'000) continue;
            decimals = decimals * 10 + static_cast<std::uint64_t>(rest.front() - '0');
            decimal_scale *= 10;
        }
    }
    std::uint64_t scale = 1;
    if (!rest.empty()) {
        int const power = power_of(rest.front());
        if (power > 0) {
            for (int i = 0; i < power; ++i) scale *= base;
            rest.remove_prefix(1);
        }
        if (bytes && (rest == "B" || (power > 0 && rest == "iB"))) rest = {};
        if (!rest.empty()) refuse(text, option, expected);
    }
    if (scale == 1 && decimals != 0) refuse(text, option, expected);
    std::uint64_t value = 0;
    if (__builtin_mul_overflow(whole, scale, &value)
        || __builtin_add_overflow(
            value, static_cast<std::uint64_t>(static_cast<unsigned __int128>(decimals) * scale / decimal_scale),
            &value))
        refuse(text, option, expected);
    return value;
}
}

std::uint64_t parse_bytes(std::string_view text, std::string_view option) {
    return parse(text, option, 1024, true, "a size such as 65536, 64M or 2G");
}

std::uint64_t parse_count(std::string_view text, std::string_view option) {
    return parse(text, option, 1000, false, "a count such as 5000, 20M or 1.5G");
}

std::string format_bytes(std::uint64_t bytes) {
    static constexpr char const* names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return std::to_string(bytes) + " B";
    auto value = static_cast<double>(bytes);
    int power = 0;
    for (; value >= 1024 && power < 6; ++power) value /= 1024;
    auto const tenths = static_cast<std::uint64_t>(value * 10 + 0.5);
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " " + names[power];
}

std::string format_count(std::uint64_t count) {
    std::string digits = std::to_string(count);
    for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
    return digits;
}
}
