export module wordmill.text:elements;
import :blocks;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Text as its sentences or documents, for `shuffle` and `interleave`; measured in bytes.
export template <> struct block_elements<text_block> {
    static std::vector<std::uint32_t> ends(text_block const& block, element_unit unit);
    static bool open(text_block const& block, element_unit unit);
    static std::uint32_t extent(text_block const& block, element_unit unit);
    static void join(text_block& to, text_block&& next);
    static void append(text_block& to, text_block const& from, std::uint32_t begin, std::uint32_t end,
                       element_unit unit);
    static void number(text_block& block, std::uint64_t index, std::uint64_t sentences);
};

/// Ids as their sentences or documents; measured in sentences.
export template <> struct block_elements<token_block> {
    static std::vector<std::uint32_t> ends(token_block const& block, element_unit unit);
    static bool open(token_block const& block, element_unit unit);
    static std::uint32_t extent(token_block const& block, element_unit unit);
    static void join(token_block& to, token_block&& next);
    static void append(token_block& to, token_block const& from, std::uint32_t begin, std::uint32_t end,
                       element_unit unit);
    static void number(token_block& block, std::uint64_t index, std::uint64_t sentences);
};
}
