module;
#include "kernels.hpp"

module wordmill.word2vec:example_lists;
import wordmill.batch;
import wordmill.core;
import wordmill.standard;
import wordmill.text;
import :huffman;
import :model;

namespace wordmill {
/// Windows as examples of one hidden vector each. CBOW has the rows of all contexts for its input and the target for
/// its output. Skip-gram, with subwords only, has the rows of the target, read once, for its input and all contexts for
/// its outputs: over a text that is the same pairs as each context against the target. Negatives that pairs share count
/// once for each pair; one that is the very output it stands against is left out.
class example_lists {
public:
    struct sizes {
        std::size_t inputs = 0;
        std::size_t outputs = 0;
    };
    /// At most, of windows first .. last.
    [[nodiscard]] static sizes sizes_of(word2vec_options const& model, window_batch const& batch, std::size_t first,
                                        std::size_t last);
    /// So that `set` needs no memory.
    void reserve(std::size_t examples, sizes most);
    void set(word2vec_options const& model, window_batch const& batch, std::size_t first, std::size_t last);
    [[nodiscard]] kernels::lists view() const noexcept;
    [[nodiscard]] std::size_t outputs() const noexcept { return outputs_.size(); }

private:
    void add_input(subword_table const& subwords, token_id id);
    void add_output(std::uint32_t row, float weight);
    void add_path(huffman_tree const& tree, token_id id);
    void add_contexts(window_batch const& batch, std::size_t target);

    std::vector<std::uint32_t> input_ends_{};
    std::vector<std::uint32_t> inputs_{};
    std::vector<std::uint32_t> output_ends_{};
    std::vector<std::uint32_t> outputs_{};
    std::vector<float> weights_{};
};
}
