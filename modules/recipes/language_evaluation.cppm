export module wordmill.recipes:language_evaluation;
import :language_model_folder;
import wordmill.core;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.standard;

namespace wordmill {
export struct language_evaluation_options {
    /// Parts of the text that are read in parallel; 1: each token is predicted from all before it. 0: as many as
    /// `evaluation_lanes` allows.
    std::size_t lanes = 0;
    /// Steps of a batch. They affect the speed of recurrent models only. A Transformer without memory sees no token
    /// before those of a batch. 0: as many as `evaluation_steps` says.
    std::size_t steps = 0;
    std::filesystem::path temporary_folder{}; ///< of the ids of the text; empty: the system's
};

/// How well a model predicted a text, and what it was not asked to predict.
export struct language_scores {
    perplexity_score score{};
    std::optional<std::uint64_t> left_out{}; ///< unknown tokens; nothing when only the encoder of the ids knew
    bool models_unknown = false;             ///< the model predicts an unknown word in their place
    std::size_t lanes = 0;
};

/// Measures the perplexity of a model on a corpus that is split as `loaded.text` says, or on ids. Sentence ends of ids
/// must be marked as in the text that the model was trained on. `failure::bad_data` for a text of fewer than two known
/// tokens; other errors are those of `bptt_batches` and `evaluate_perplexity`.
export [[nodiscard]] language_scores evaluate_language_model(folder_model& loaded, any_corpus const& corpus,
                                                             language_evaluation_options const& options,
                                                             pass_options const& pass);
}
