export module wordmill.core:ids;
import wordmill.standard;

namespace wordmill {
/// The number of a type in a vocabulary: dense, 0 is the most frequent.
export enum class token_id : std::uint32_t {};
/// The id of no type: a vocabulary has fewer than 2^32 - 1 types.
export inline constexpr token_id no_token{0xffffffff};

/// The id as an index into arrays of vocabulary size.
export [[nodiscard]] constexpr std::size_t index(token_id id) noexcept { return static_cast<std::size_t>(id); }
/// The id of row `row`; the inverse of `index`.
export [[nodiscard]] constexpr token_id id_at(std::size_t row) noexcept { return static_cast<token_id>(row); }

/// The number of a row of arrays that side by side hold examples: not a type, and never compared with one.
export enum class row_number : std::uint32_t {};
/// The number as an index into those arrays.
export [[nodiscard]] constexpr std::size_t index(row_number row) noexcept { return static_cast<std::size_t>(row); }
/// The inverse of `index`.
export [[nodiscard]] constexpr row_number row_at(std::size_t row) noexcept { return static_cast<row_number>(row); }
}
