export module wordmill.vectors:subword_vectors;
import :fasttext_model;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// A matrix, and what keeps its memory.
export struct shared_matrix {
    matrix_view<float const> view{};
    std::shared_ptr<void const> owner{};
};

/// The vectors of character n-grams, from which unseen words get a vector (Bojanowski et al. 2017). A handle to
/// immutable tables: copies share them, and any thread may read.
export class subword_vectors {
public:
    /// No n-grams.
    subword_vectors() = default;
    /// `rows` [buckets, D]. Another number of rows is a `failure::bad_data`.
    subword_vectors(subword_options options, shared_matrix rows);
    /// The n-grams of a whole model, which `save_vectors` can then write as one of fastText. `owner` keeps all that it
    /// views.
    subword_vectors(fasttext_model const& model, std::shared_ptr<void const> owner);

    [[nodiscard]] bool any() const noexcept { return tables_ != nullptr; }
    [[nodiscard]] subword_options const& options() const noexcept;
    [[nodiscard]] matrix_view<float const> rows() const noexcept; ///< [buckets, D], as long as the tables live
    /// The mean of the rows of a word's n-grams [D]: what fastText answers for words that it has not seen. Nothing for
    /// a word without n-grams.
    [[nodiscard]] std::optional<std::vector<float>> compose(std::string_view word) const;
    /// The model that the n-grams are of; null when only they are known.
    [[nodiscard]] fasttext_model const* model() const noexcept;

private:
    struct tables {
        subword_options options{};
        matrix_view<float const> rows{};
        std::optional<fasttext_model> model{};
        std::shared_ptr<void const> owner{};
    };
    std::shared_ptr<tables const> tables_{};
};
}
