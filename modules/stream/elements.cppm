export module wordmill.stream:elements;
import :position;
import wordmill.standard;

namespace wordmill {
/// The kind of element that a stage counts or moves.
export enum class element_unit : std::uint8_t { sentence, document };

/// Splits blocks into elements and joins them. Specialise it next to the block type, with these members:
///   static std::vector<std::uint32_t> ends(Block const&, element_unit)   where each closed element ends, ascending
///   static bool open(Block const&, element_unit)     something after the last end continues in the next block
///   static std::uint32_t extent(Block const&, element_unit)   where the block ends, in the units of `ends`
///   static void join(Block& to, Block&& next)        makes one block of two neighbours
///   static void append(Block& to, Block const& from, std::uint32_t begin, std::uint32_t end, element_unit)
///                                                    copies the element between two ends (the first begins at 0),
///                                                    or the rest after the last end, closing it
///   static void number(Block&, std::uint64_t block, std::uint64_t element)
///                                                    sets its place in the stream: blocks and sentences before it
export template <class Block> struct block_elements;

/// A block with a header and a specialisation of `block_elements`.
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
