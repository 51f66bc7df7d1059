export module wordmill.recipes:ppmi_svd;
import :cooccurrence;
import :corpus;
import :run_options;
import wordmill.core;
import wordmill.linear_algebra;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
/// How a matrix becomes word vectors.
export struct svd_recipe {
    truncated_svd_options svd{}; ///< the rank is the dimension; threads, device and key are those of the run
    svd_vector_options vectors{};
};

/// Options of vectors by counting: positive pointwise mutual information and its truncated SVD (Levy, Goldberg and
/// Dagan 2015).
export struct ppmi_svd_recipe {
    /// Near words count more and frequent ones are dropped at random, as for skip-gram: better vectors than flat counts
    /// of all words (docs/performance.md).
    cooccurrence_recipe counting{.weighting = distance_weighting::harmonic, .subsampling = 1e-4};
    ppmi_options values{}; ///< threads, memory and device are those of the run
    svd_recipe factorisation{};
    run_options run{};
};

/// Counts pairs, takes PPMI, factorises it. Deterministic on one device. There are no checkpoints: `run.folder` must be
/// empty (`failure::usage`). `failure::bad_data` when no value is above 0.
export [[nodiscard]] word_vectors train_ppmi_svd(any_corpus const& corpus, ppmi_svd_recipe const& how = {});

/// Vectors of the rows of a matrix, which are the words of a vocabulary; adds what the factorisation has to say to
/// `notes`. `failure::bad_data` when the matrix has no value above 0.
export [[nodiscard]] word_vectors factorise(csr_view<float const> matrix, vocabulary const& words,
                                            svd_recipe const& how, run_options const& run, note_map notes = {});
}
