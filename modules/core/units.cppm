export module wordmill.core:units;
import wordmill.standard;

namespace wordmill {
/// "64M" -> 67108864: digits and an optional K, M, G or T (powers of 1024, an optional "iB" or "B" after it).
/// Locale-free. Throws `failure::usage` naming `option` when the text is anything else or overflows.
export [[nodiscard]] std::uint64_t parse_bytes(std::string_view text, std::string_view option);
/// "20M" -> 20000000: digits, an optional decimal part, an optional K, M, G or T (powers of 1000).
export [[nodiscard]] std::uint64_t parse_count(std::string_view text, std::string_view option);
/// "64.0 MiB", "312 B": for people.
export [[nodiscard]] std::string format_bytes(std::uint64_t bytes);
/// "17,000,076": for people.
export [[nodiscard]] std::string format_count(std::uint64_t count);
}
