export module wordmill.recipes:seq2seq;
import :pair_corpus;
import :run_options;
import :seq2seq_folder;
import :translator;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.seq2seq;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// How the learning rate changes over a run.
export enum class seq2seq_schedule : std::uint8_t {
    constant,
    plateau,      ///< times `decay` after each epoch whose validation perplexity is not the best so far
    inverse_sqrt, ///< rises for `warmup` steps, then falls with the square root of the step (Vaswani et al. 2017)
};
export inline constexpr named_value<seq2seq_schedule> seq2seq_schedule_names[] = {
    {"constant", seq2seq_schedule::constant},
    {"plateau", seq2seq_schedule::plateau},
    {"inverse-sqrt", seq2seq_schedule::inverse_sqrt}};

/// An epoch of training, as it ended.
export struct seq2seq_epoch {
    std::uint64_t epoch = 0; ///< from 1
    double loss = 0;         ///< mean of training, per target token
    std::optional<double> validation_perplexity{};
    std::optional<double> exact_match{}; ///< share of the validation pairs whose target greedy decoding finds
};

/// Options of sequence-to-sequence models.
export struct seq2seq_recipe {
    seq2seq_options model{}; ///< the vocabularies' sizes are those of the corpus
    optimizer_options optimizer{.kind = optimizer_kind::adam, .max_norm = 5};
    seq2seq_schedule schedule = seq2seq_schedule::constant;
    std::uint64_t warmup = 4000; ///< steps
    double decay = 0.5;
    std::uint64_t epochs = 10;
    std::uint64_t patience = 0;              ///< stops after this many epochs without a better one; 0: never
    std::size_t batch_pairs = 128;           ///< pairs of a batch
    std::size_t batch_tokens = 0;            ///< if not 0, tokens of a batch, padding included, instead
    std::size_t window = 50'000;             ///< pairs that are shuffled at a time
    bool bucket = true;                      ///< pairs of similar lengths share a batch
    bool reverse_source = false;             ///< sources are read from their ends (Sutskever et al. 2014)
    pair_encode_options filter{};            ///< which pairs are left out; its part and counts are those of the run
    double validation_share = 0;             ///< of the pairs, set aside for validation
    std::optional<pair_corpus> validation{}; ///< instead of a share
    sequence_vocabulary_options source_words{};
    sequence_vocabulary_options target_words{};
    bool shared_vocabulary = false; ///< of both sides, with `source_words`
    /// Runs of both devices see the same pairs and draws, so their losses differ by rounding only; a run of one resumes
    /// on the other.
    compute_device device = compute_device::cpu;
    precision products = precision::fp32; ///< see `choose_arithmetic`
    /// Is told of the model after each epoch that is the best so far, or after every epoch without validation pairs.
    std::function<void(seq2seq_model<float>&, sequence_setup const&, note_map const&)> on_best{};
    std::function<void(seq2seq_epoch const&)> on_epoch{};
    run_options run{};
};

export struct trained_seq2seq {
    seq2seq_model<float> model; ///< with the weights after the last epoch
    sequence_setup setup;
    note_map notes{};
    tally counts{}; ///< what was read, delivered and dropped in the first epoch
};

/// Trains a sequence-to-sequence model (Sutskever et al. 2014; Bahdanau et al. 2015; Vaswani et al. 2017) on pairs.
/// Each epoch reads the pairs again, so memory does not grow with them. The result does not depend on the number of
/// threads.
///
/// A run stops when it diverges (see `divergence_guard`).
///
/// `failure::usage` for options out of range, `failure::resource` when the model does not fit the memory budget,
/// `failure::bad_data` for pairs that are too few and a run that diverges; other errors are those of
/// `choose_arithmetic` and `trainer`.
export [[nodiscard]] trained_seq2seq train_seq2seq(pair_corpus const& corpus, seq2seq_recipe const& how = {});
}
