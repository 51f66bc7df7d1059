export module wordmill.safetensors:half;
import wordmill.standard;

namespace wordmill {
/// IEEE 754 binary16; every half is a float.
export [[nodiscard]] inline float half_to_float(std::uint16_t half) noexcept {
    auto const sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
    auto const exponent = static_cast<std::uint32_t>(half >> 10 & 0x1f);
    auto const fraction = static_cast<std::uint32_t>(half & 0x3ff);
    if (exponent == 0) {
        auto const value = std::ldexp(static_cast<float>(fraction), -24);
        return sign != 0 ? -value : value;
    }
    auto const wide = exponent == 0x1f ? 0xffU : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

/// Rounds to nearest, ties to even; infinite from 65520 on.
export [[nodiscard]] inline std::uint16_t float_to_half(float value) noexcept {
    auto const bits = std::bit_cast<std::uint32_t>(value);
    auto const sign = bits >> 16 & 0x8000;
    auto const magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000) return static_cast<std::uint16_t>(sign | 0x7e00);
    if (magnitude >= 0x477ff000) return static_cast<std::uint16_t>(sign | 0x7c00);
    if (magnitude < 0x38800000) // below 2^-14: a multiple of 2^-24; the default rounding mode handles the ties
        return static_cast<std::uint16_t>(
            sign | static_cast<std::uint32_t>(std::nearbyint(std::bit_cast<float>(magnitude) * 0x1p24F)));
    auto const rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return static_cast<std::uint16_t>(sign | (rounded - 0x38000000) >> 13);
}
}
