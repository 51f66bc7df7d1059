module wordmill.vectors:numbers;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Parses a decimal number, independent of the locale; a plus sign is allowed. Numbers too small for a float are 0.
/// Nothing for other text, also for 1,5 and 0x1; "nan" and "inf" are numbers that are not finite.
[[nodiscard]] inline std::optional<float> parse_float(std::string_view text) noexcept {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    auto const end = text.data() + text.size();
    float value = 0;
    auto const single = std::from_chars(text.data(), end, value);
    if (single.ec == std::errc{} && single.ptr == end) return value;
    if (single.ec != std::errc::result_out_of_range || single.ptr != end) return std::nullopt;
    double wide = 0; // distinguishes too small from too large
    auto const wider = std::from_chars(text.data(), end, wide);
    if (wider.ec == std::errc::result_out_of_range) {
        auto const exponent = text.find_first_of("eE");
        bool const small = exponent == std::string_view::npos ? text.find_first_of("123456789") > text.find('.')
                                                              : text.substr(exponent + 1).starts_with('-');
        wide = small ? 0 : std::numeric_limits<double>::infinity();
    }
    return static_cast<float>(wide);
}

/// A whole number with nothing around it.
[[nodiscard]] inline std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    return parse_number<std::uint64_t>(text);
}

/// Formats with `digits` significant digits, or with 0 as few as read back to the same float.
inline void append_float(std::string& out, float value, int digits = 0) {
    char text[32];
    auto const end = digits == 0
                         ? std::to_chars(text, text + sizeof text, value).ptr
                         : std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    out.append(text, end);
}
inline void append_size(std::string& out, std::uint64_t value) {
    char text[20];
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

/// The little-endian value of type `T` at `from`; x86-64 and AArch64 store them so themselves.
template <class T> [[nodiscard]] inline T value_at(char const* from) noexcept {
    static_assert(std::endian::native == std::endian::little);
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
}
}
