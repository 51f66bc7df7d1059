export module wordmill.recipes:phrases;
import :run_options;
import wordmill.core;
import wordmill.pipeline;
import wordmill.standard;

namespace wordmill {
/// How phrases are learned.
export struct phrase_recipe {
    phrase_options scoring{};
    std::uint32_t passes = 1;       ///< 1 to 64; each joins the phrases of the passes before: 2 find up to four words
    std::string delimiter = "_";    ///< between the words of a phrase
    std::string temporary_folder{}; ///< for counts beyond the memory budget; empty = the system's
};

/// The phrases of a corpus.
export struct learned_phrases {
    phrase_table table{};
    tally counts{}; ///< of the last pass: what was read, delivered and dropped
};

/// Learns phrases of two words, or of more with several passes. Each pass reads the corpus twice: it counts words, then
/// pairs of words. A pass that finds nothing is the last. Of `run`, threads, memory, `watch` and `on_message` are used.
/// `failure::usage` for passes out of range, for ids instead of text, and for text that can be read only once.
export [[nodiscard]] learned_phrases learn_phrases(any_corpus const& corpus, phrase_recipe const& how = {},
                                                   run_options const& run = {});
}
