export module wordmill.word2vec:huffman;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The tree of hierarchical softmax (Morin and Bengio 2005; Mikolov et al. 2013): types are its leaves, and frequent
/// types are near the root (Huffman 1952). Each inner node has an output vector; sigmoid(h . node) is the probability
/// that the path continues to child 0. The probability of a type is the product along its path. A handle to immutable
/// tables: copies share them, and any thread may read.
export class huffman_tree {
public:
    /// An empty tree without types; models with it do not use hierarchical softmax.
    huffman_tree() = default;
    /// Builds the tree from counts indexed by id. Ties are broken by id, so the tree depends only on the counts. Fewer
    /// than two types are a `failure::bad_data`.
    explicit huffman_tree(std::span<std::uint64_t const> counts);

    /// An inner node, numbered from 0, and the child that the path takes at it.
    struct step {
        std::uint32_t packed = 0;
        [[nodiscard]] constexpr std::uint32_t node() const noexcept { return packed >> 1; }
        [[nodiscard]] constexpr std::uint32_t child() const noexcept { return packed & 1; }
    };
    [[nodiscard]] inline bool empty() const noexcept { return !tables_; }
    [[nodiscard]] inline std::size_t size() const noexcept { return empty() ? 0 : tables_->ends.size(); } ///< V
    /// The path of a type, from the root.
    [[nodiscard]] inline std::span<step const> path(token_id id) const noexcept {
        auto const begin = index(id) == 0 ? std::uint64_t{0} : tables_->ends[index(id) - 1];
        return std::span(tables_->steps).subspan(begin, tables_->ends[index(id)] - begin);
    }
    [[nodiscard]] inline std::span<step const> steps() const noexcept { ///< the steps of all paths, by id
        return empty() ? std::span<step const>() : tables_->steps;
    }
    [[nodiscard]] inline std::span<std::uint64_t const> path_ends() const noexcept { ///< [V], ends in `steps()`
        return empty() ? std::span<std::uint64_t const>() : tables_->ends;
    }
    [[nodiscard]] std::size_t longest_path() const noexcept { return empty() ? 0 : tables_->longest; }
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

private:
    struct tables {
        std::vector<std::uint64_t> ends{};
        std::vector<step> steps{};
        std::size_t longest = 0;
    };
    std::shared_ptr<tables const> tables_{};
};
}
