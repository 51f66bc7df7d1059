export module wordmill.text:utf8;
import wordmill.standard;

namespace wordmill {
/// Why bytes are not UTF-8 (Unicode 15, table 3-7).
export enum class utf8_fault : std::uint8_t {
    lone_continuation, ///< 80..BF where a character must begin
    invalid_byte,      ///< F8..FF, which never occur in UTF-8
    overlong,          ///< C0, C1, E0 80..9F, F0 80..8F: a longer form than needed
    surrogate,         ///< ED A0..BF: U+D800..U+DFFF
    too_large,         ///< F4 90..BF, F5..F7: above U+10FFFF
    truncated,         ///< a sequence that ends too early
};
export inline constexpr std::size_t utf8_fault_classes = 6;

/// "overlong form", "surrogate", ...: for messages and counters.
export [[nodiscard]] std::string_view name_of(utf8_fault fault) noexcept;

/// Ill-formed sequences by class. The continuation bytes of a sequence that is overlong, a surrogate or too large
/// belong to it and are not counted again.
export struct utf8_fault_counts {
    std::array<std::uint64_t, utf8_fault_classes> by_class{};
    std::uint64_t replaced = 0; ///< U+FFFD written: one for each maximal subpart

    [[nodiscard]] constexpr std::uint64_t operator[](utf8_fault fault) const noexcept {
        return by_class[static_cast<std::size_t>(fault)];
    }
    [[nodiscard]] constexpr std::uint64_t total() const noexcept {
        std::uint64_t sum = 0;
        for (auto count : by_class) sum += count;
        return sum;
    }
    [[nodiscard]] constexpr bool operator==(utf8_fault_counts const&) const noexcept = default;
};

/// True when all of `bytes` is UTF-8. NUL is a character like any other. Runs at several GB/s.
export [[nodiscard]] bool valid_utf8(std::string_view bytes) noexcept;

/// The offset of the first byte that does not begin a valid character; `npos` when there is none.
export [[nodiscard]] std::size_t first_invalid(std::string_view bytes) noexcept;

/// The length, 1 to 4, of the character that begins at `offset`; 0 when none does. `offset` is inside `bytes`.
export [[nodiscard]] std::size_t character_length(std::string_view bytes, std::size_t offset) noexcept;

/// Why no character begins at `offset`, where `character_length` is 0.
export [[nodiscard]] utf8_fault fault_at(std::string_view bytes, std::size_t offset) noexcept;

/// The length, 1 to 3, of the longest beginning of a character at `offset`, where `character_length` is 0: what one
/// U+FFFD replaces (Unicode 15, section 3.9, "substitution of maximal subparts").
export [[nodiscard]] std::size_t maximal_subpart(std::string_view bytes, std::size_t offset) noexcept;

/// The largest offset up to `limit` that is not inside a character; `limit` itself when it lies in ill-formed bytes.
export [[nodiscard]] std::size_t character_border(std::string_view bytes, std::size_t limit) noexcept;

/// Appends `bytes` to `out`, with U+FFFD for each maximal subpart that is not UTF-8.
export utf8_fault_counts append_repaired(std::string& out, std::string_view bytes);
}
