export module wordmill.recipes:glove;
import :cooccurrence;
import :corpus;
import :run_options;
import wordmill.core;
import wordmill.glove;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.stats;
import wordmill.vectors;

namespace wordmill {
/// Options of GloVe (Pennington et al. 2014). The original program has x_max 100, a rate of 0.05 and no subsampling; on
/// corpora of up to 17 million words these defaults give better vectors (docs/performance.md).
export struct glove_recipe {
    std::size_t dimension = 100;
    glove_objective objective{.x_max = 10};
    double learning_rate = 0.1; ///< of AdaGrad
    std::uint64_t epochs = 15;
    glove_vector vector = glove_vector::sum; ///< which vector of a word is the result
    cooccurrence_recipe counting{.weighting = distance_weighting::harmonic, .subsampling = 1e-4};
    run_options run{};
};

/// Counts pairs, then fits the logarithms of their weights. The result is the same for any number of threads. A run
/// that resumes from its folder counts the pairs again. `failure::resource` when model and pairs do not fit the memory
/// budget; other errors are those of `count_pairs`, `train_glove_epoch` and `trainer`.
export [[nodiscard]] word_vectors train_glove(any_corpus const& corpus, glove_recipe const& how = {});
}
