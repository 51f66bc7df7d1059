export module wordmill.vectors:fasttext_model;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// A whole fastText model: words with their own rows and the rows of their subwords. Views only.
export struct fasttext_model {
    std::span<std::string_view const> words{}; ///< [V], by falling count
    std::span<std::uint64_t const> counts{};   ///< [V]
    matrix_view<float const> input{};          ///< [V + buckets, D]: words, then buckets
    matrix_view<float const> output{};         ///< [V, D]
    subword_options subwords{};                ///< without n-grams: no buckets
    bool cbow = false;                         ///< else skip-gram
    bool hierarchical = false;                 ///< hierarchical softmax, else negative samples
    // Further fields of fastText, needed only to continue training.
    std::uint32_t window = 5;
    std::uint32_t epochs = 5;
    std::uint64_t min_count = 1;
    std::uint32_t negative = 5;
    double sample = 1e-4;
};

/// Writes a .bin file of fastText 0.9.2 (version 12), which fastText and gensim load. `failure::bad_data` for words
/// that are empty or hold a zero byte, and for more words, buckets or dimensions than its 32-bit numbers hold.
export void save_fasttext(fasttext_model const& model, std::string const& path, output_options const& options = {});
}
