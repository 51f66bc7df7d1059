export module wordmill.recipes:word2vec;
import :corpus;
import :run_options;
import wordmill.batch;
import wordmill.compute;
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
/// The first learning rate when none is given: 0.05, for CBOW without subwords 0.06.
export [[nodiscard]] constexpr double default_learning_rate(architecture what, bool subwords) noexcept {
    return what == architecture::cbow && !subwords ? 0.06 : 0.05;
}

/// Options of skip-gram and CBOW. Values that are not given are those that work best with the others.
export struct word2vec_recipe {
    std::size_t dimension = 100;
    std::uint32_t radius = 5;     ///< words on each side that are contexts, at most
    bool shrink = true;           ///< each window draws its radius from 1 .. radius; else all windows are full
    bool cross_sentences = false; ///< for text without sentences, such as text8
    std::uint32_t negative = 5;   ///< negative samples, 1 .. 255
    double noise_power = 0.75;    ///< of the counts that negative samples are drawn by
    negative_sharing sharing = negative_sharing::window;
    bool hierarchical_softmax = false; ///< instead of negative samples
    cbow_input cbow = cbow_input::mean_with_whole_gradient;
    subword_options subwords{.least_letters = 0, .most_letters = 0, .buckets = 0}; ///< none
    double subsampling = 1e-4; ///< threshold for frequent words; 0 = off
    std::uint64_t epochs = 5;
    std::optional<double> first_values{};  ///< see `word2vec_options`; 2 for skip-gram, 4 for CBOW, 1 with subwords
    std::optional<double> learning_rate{}; ///< the first; see `default_learning_rate`
    std::optional<double> last_learning_rate{}; ///< 1e-4 of the first
    bool deterministic = false;                 ///< the same result for any number of threads, at about half the speed
    /// A GPU trains models without subwords and hierarchical softmax. Runs of both devices see the same draws and
    /// differ by what is trained at the same time; a run that was begun on one may go on on the other.
    compute_device device = compute_device::cpu;
    /// Windows that a GPU trains at the same time: 1, or a multiple of 4. 0: as many as quality allows (see
    /// `windows_in_flight`).
    std::uint32_t in_flight = 0;
    vocabulary_recipe words{};
    run_options run{};
};

/// A model after its run.
export struct trained_word2vec {
    vocabulary words;
    word2vec_model model;
    note_map notes{};      ///< options, and the loss of the last epoch
    loss_sum loss{};       ///< of the last epoch
    tally counts{};        ///< of the last epoch: what was read, delivered and dropped
    word2vec_recipe how{}; ///< with the learning rates that were used

    /// The input vectors of all words, with their counts and the notes.
    [[nodiscard]] word_vectors vectors() const;
};

/// Trains skip-gram or CBOW from a corpus (Mikolov et al. 2013): counts a vocabulary unless one is given, then makes
/// `epochs` passes. `failure::usage` for options out of range, with the option and its range; `failure::resource` when
/// the model does not fit the memory budget; `failure::bad_data` when the corpus has nothing to train on, when the run
/// of the folder was begun with other options, and for a damaged checkpoint; `failure::interrupted` when asked to stop;
/// `failure::unavailable` when a GPU is required and cannot be used, or stops responding.
export [[nodiscard]] trained_word2vec train_word2vec(architecture what, any_corpus const& corpus,
                                                     word2vec_recipe const& how = {});

/// As `trained_word2vec::vectors`. Of a model with subwords they have its n-grams for unseen words, and can be saved as
/// a fastText model; the model lives as long as they do, and is not copied.
export [[nodiscard]] word_vectors vectors_of(std::shared_ptr<trained_word2vec const> trained);

/// The vectors of skip-gram with the given options; see `train_word2vec`.
export [[nodiscard]] word_vectors train_skip_gram(any_corpus const& corpus, word2vec_recipe const& how = {});
/// The vectors of CBOW with the given options; see `train_word2vec`.
export [[nodiscard]] word_vectors train_cbow(any_corpus const& corpus, word2vec_recipe const& how = {});

/// Saves the whole model, with subwords and output vectors, as a fastText model (see `save_fasttext`).
export void save_fasttext(trained_word2vec const& trained, std::string const& path, output_options const& options = {});
}
