module wordmill.vectors:layered_graph;
import :word_vectors;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill::detail {
inline constexpr std::size_t most_links = 256;
inline constexpr std::uint8_t most_level = 31;

/// The graph of a neighbour index as it is stored: nodes in the order of insertion, each in the layers 0 .. level, and
/// one list of neighbours for each node and layer.
struct layered_graph {
    std::uint32_t links = 0; ///< M
    std::uint32_t ef_construction = 0;
    std::uint32_t entry = 0;                 ///< a node of the highest layer
    std::vector<std::uint32_t> rows{};       ///< [nodes], of the vectors
    std::vector<std::uint8_t> levels{};      ///< [nodes]
    std::vector<std::uint16_t> list_sizes{}; ///< [lists]
    std::vector<std::uint32_t> neighbours{}; ///< nodes, list after list

    [[nodiscard]] inline std::size_t most_neighbours(std::size_t layer) const noexcept {
        return layer == 0 ? 2 * std::size_t{links} : links;
    }
};

/// XXH3 of words and values.
[[nodiscard]] std::uint64_t fingerprint(word_vectors const& vectors);

void save_graph(layered_graph const& graph, std::uint64_t vectors, std::string const& path,
                output_options const& options);
/// Reads and checks a graph: every node has a row of its own, and links lead to nodes of their layer.
[[nodiscard]] layered_graph load_graph(std::string const& path, word_vectors const& vectors);
}
