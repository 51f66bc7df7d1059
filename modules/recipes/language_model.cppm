export module wordmill.recipes:language_model;
import :corpus;
import :option_names;
import :run_options;
import wordmill.compute;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// Options of language models, with the settings of the book's Rnnlm. The context of a Transformer is the steps of a
/// batch.
export struct language_model_recipe {
    language_model_options model{}; ///< the vocabulary's size is that of the corpus
    optimizer_options optimizer{.learning_rate = 20, .max_norm = 0.25};
    rate_schedule schedule = rate_schedule::quarter;
    std::uint64_t warmup = 0; ///< steps in which the learning rate rises; at least 1 with an inverse square root
    bptt_options lanes{.lanes = 20, .steps = 35};
    std::uint64_t epochs = 4;
    std::uint64_t patience = 0;             ///< stops after this many epochs without a better one; 0: never
    std::optional<any_corpus> validation{}; ///< its perplexity is computed after each epoch
    std::string sentence_end = "<eos>";     ///< the word that marks sentence ends; empty: none does
    vocabulary_recipe words{.min_count = 1};
    std::filesystem::path temporary_folder{}; ///< of the ids of the text; empty: the system's
    /// Runs of both devices see the same text and draws, so their losses differ by rounding only; a run of one resumes
    /// on the other.
    compute_device device = compute_device::cpu;
    precision products = precision::fp32; ///< see `choose_arithmetic`
    /// Is told of the model after each epoch that is the best so far, or after every epoch without a validation text.
    std::function<void(language_model<float>&, vocabulary const&, note_map const&)> on_best{};
    run_options run{};
};

/// A model, its vocabulary, and what is known of its training.
export struct trained_language_model {
    language_model<float> model;
    vocabulary words;
    note_map notes{};
    tally counts{}; ///< what was read, delivered and dropped
};

/// Trains a recurrent language model (Mikolov et al. 2010) with truncated backpropagation through time, or a
/// Transformer on segments of text, on a corpus whose sentence ends are marked (see `mark_sentence_ends`). The result
/// has the weights after the last epoch; `on_best` is told of better ones. It does not depend on the number of threads.
///
/// Words that `words` leaves out become the unknown word "<unk>", which the vocabulary gets if the text has none; so do
/// words of a text that a given vocabulary lacks. Ids keep their vocabulary. The notes state how many tokens there were
/// and how many of them were unknown or left out.
///
/// A run stops when it diverges (see `divergence_guard`): when its loss is no longer finite or far above that of
/// guessing, and when the model is not sound after the last epoch or after three in a row. `on_best` is not told of
/// models that are not sound.
///
/// `failure::usage` for options out of range, `failure::resource` when the model does not fit the memory budget,
/// `failure::bad_data` for a text that is too short and a run that diverges; other errors are those of
/// `choose_arithmetic` and `trainer`.
export [[nodiscard]] trained_language_model train_language_model(any_corpus const& corpus,
                                                                 language_model_recipe const& how = {});
}
