export module wordmill.word2vec:huffman;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The tree of hierarchical softmax (Morin and Bengio 2005; Mikolov et al. 2013): types are its leaves, frequent ones
/// near the root (Huffman 1952). Each inner node has an output vector and says with sigmoid(h . node) that the path
/// goes on to its child 0; the probability of a type is the product along its path.
/// A handle to immutable tables: copies share them, any thread may read.
export class huffman_tree {
public:
    /// No types: no hierarchical softmax.
    huffman_tree() = default;
    /// Of the counts by id. Ties are broken by id, so that a tree depends on the counts alone. `failure::bad_data` for
    /// fewer than two types.
    explicit huffman_tree(std::span<std::uint64_t const> counts);

    /// An inner node, numbered from 0, and the child that the path takes there.
    struct step {
        std::uint32_t packed = 0;
        [[nodiscard]] constexpr std::uint32_t node() const noexcept { return packed >> 1; }
        [[nodiscard]] constexpr std::uint32_t child() const noexcept { return packed & 1; }
    };
    [[nodiscard]] inline bool empty() const noexcept { return !tables_; }
    [[nodiscard]] inline std::size_t size() const noexcept { return empty() ? 0 : tables_->ends.size(); } ///< V
    /// From the root.
    [[nodiscard]] inline std::span<step const> path(token_id id) const noexcept {
        auto const begin = index(id) == 0 ? std::uint64_t{0} : tables_->ends[index(id) - 1];
        return std::span(tables_->steps).subspan(begin, tables_->ends[index(id)] - begin);
    }
    [[nodiscard]] inline std::span<step const> steps() const noexcept { ///< of all paths, by id
        return empty() ? std::span<step const>() : tables_->steps;
    }
    [[nodiscard]] inline std::span<std::uint64_t const> path_ends() const noexcept { ///< [V], in `steps()`
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
