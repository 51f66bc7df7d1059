export module wordmill.stream:elements;
import :position;
import wordmill.standard;

namespace wordmill {
/// What a block is made of, for the stages that count or move its parts.
export enum class element_unit : std::uint8_t { sentence, document };

/// How to take blocks apart and put them together; specialised beside the block type. The members are:
///   static std::vector<std::uint32_t> ends(Block const&, element_unit)   where each closed element ends, ascending
///   static bool open(Block const&, element_unit)     something behind the last end goes on in the next block
///   static std::uint32_t extent(Block const&, element_unit)   where the block ends, in the measure of `ends`
///   static void join(Block& to, Block&& next)        makes one block of two neighbours
///   static void append(Block& to, Block const& from, std::uint32_t begin, std::uint32_t end, element_unit)
///                                                    copies the element between two ends (the first begins at 0),
///                                                    or the rest behind the last end, closing it
///   static void number(Block&, std::uint64_t block, std::uint64_t element)
///                                                    its place in the stream: blocks and sentences before it
export template <class Block> struct block_elements;

/// A block with a header that `block_elements` knows.
export template <class Block>
concept block_of_elements =
    std::derived_from<Block, block_header> && std::default_initializable<Block>
    && requires(Block& b, Block const& c, std::uint32_t at, std::uint64_t n, element_unit unit) {
           { block_elements<Block>::ends(c, unit) } -> std::same_as<std::vector<std::uint32_t>>;
           { block_elements<Block>::open(c, unit) } -> std::same_as<bool>;
           block_elements<Block>::join(b, static_cast<Block&&>(b));
           block_elements<Block>::append(b, c, at, at, unit);
           block_elements<Block>::number(b, n, n);
       };
}
