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
/// Windows as training examples with one hidden vector each. In CBOW the inputs are the rows of all contexts, and the
/// output is the target. Skip-gram uses this form only with subwords: the inputs are the rows of the target, read once,
/// and the outputs are all contexts. Over a whole text these are the same pairs as each context against the target. A
/// negative that several pairs share counts once for each pair, except for a pair whose output is that negative.
class example_lists {
public:
    struct sizes {
        std::size_t inputs = 0;
        std::size_t outputs = 0;
    };
    /// Upper bounds for windows first .. last.
    [[nodiscard]] static sizes sizes_of(word2vec_options const& model, window_batch const& batch, std::size_t first,
                                        std::size_t last);
    /// Reserves memory so that `set` need not allocate.
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
