export module wordmill.recipes:cooccurrence;
import :corpus;
import :run_options;
import wordmill.core;
import wordmill.compute;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.stats;
import wordmill.text;

namespace wordmill {
/// Which pairs of words are counted in a corpus, and how.
export struct cooccurrence_recipe {
    std::uint32_t radius = 5;             ///< words on each side that count
    std::optional<std::uint32_t> left{};  ///< instead of the radius: words before ...
    std::optional<std::uint32_t> right{}; ///< ... and after
    bool shrink = false;                  ///< each word draws its radius from 1 .. radius, as word2vec does
    bool cross_sentences = false;         ///< for text without sentences, such as text8
    distance_weighting weighting = distance_weighting::flat;
    double subsampling = 0; ///< threshold for frequent words; 0 = off
    vocabulary_recipe words{};
    std::filesystem::path temporary_folder{}; ///< of what exceeds the memory budget; empty: the system's
    compute_device device = compute_device::cpu;
};

export struct counted_pairs {
    vocabulary words;
    cooccurrence_counts counts;
    tally report{}; ///< what was read, delivered and dropped
};

/// Counts a vocabulary unless one is given, then pairs, within `memory_share` of the budget. Uses threads, memory,
/// seed, monitor and counts of `run`. `failure::usage` for options out of range; other errors are those of
/// `count_cooccurrences`.
export [[nodiscard]] counted_pairs count_pairs(any_corpus const& corpus, cooccurrence_recipe const& how,
                                               run_options const& run, double memory_share = 1);
/// `failure::bad_data` when no pair was found, with the option to change for `what` is to learn from them.
export void check_pairs(counted_pairs const& found, cooccurrence_recipe const& how, std::string const& what);
/// The options as notes, for results made of the counts.
export void note(cooccurrence_recipe const& how, note_map& notes);
}
