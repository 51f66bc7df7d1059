export module wordmill.recipes:sequence_evaluation;
import :pair_corpus;
import :seq2seq_folder;
import :translator;
import wordmill.core;
import wordmill.eval;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.seq2seq;
import wordmill.standard;

namespace wordmill {
/// A source, its targets, and what the model made of it.
export struct evaluated_source {
    std::string source{};
    std::vector<std::string> targets{}; ///< one or more
    std::string predicted{};
    bool right = false; ///< its tokens are those of a target
};

export struct sequence_evaluation_options {
    translator_options translation{}; ///< its `watch` is replaced by that of the pass
    /// Consecutive pairs with the same source are one source with several targets, such as the pronunciations of a
    /// word; the closest one counts.
    bool group_sources = false;
    bleu_options for_bleu{};
    std::function<void(evaluated_source const&)> on_source{}; ///< is told of each source, in order
};

/// Scores of a model on pairs. Those of tokens compare what the target's tokenizer splits; BLEU and chrF compare texts.
export struct sequence_scores {
    loss_sum loss{}; ///< of all pairs with a source, by teacher forcing
    sequence_accuracy accuracy{};
    error_rate edits{};
    bleu for_bleu{};
    chrf for_chrf{};
    std::uint64_t pairs = 0;
    std::uint64_t empty_sources = 0; ///< their translation is empty
    std::uint64_t unended = 0;       ///< translations that the limit cut

    [[nodiscard]] inline double perplexity() const noexcept { return std::exp(loss.mean()); }
};

/// Translates the sources of a corpus and compares the results with its targets. Reads the corpus once, some pairs at a
/// time. `failure::bad_data` for a corpus without pairs.
export [[nodiscard]] sequence_scores evaluate_seq2seq(seq2seq_model<float>& model, sequence_setup const& setup,
                                                      pair_corpus const& corpus,
                                                      sequence_evaluation_options const& options,
                                                      pass_options const& pass);
}
