export module wordmill.vectors:neighbour_index;
import :nearest;
import :word_vectors;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// True when Wordmill was built with hnswlib, which makes and searches the index.
export [[nodiscard]] bool neighbour_index_available() noexcept;

export struct neighbour_index_options {
    std::size_t links = 16;            ///< M, 2 to 256: links of a word in each layer, twice as many in the lowest one
    std::size_t ef_construction = 200; ///< candidates considered for the links of a word, at least M
    unsigned threads = 1;              ///< 0 = as many as the machine allows; more than one are not reproducible
    random_key key{1};                 ///< draws the layers of a word
};

export struct approximate_options {
    std::size_t top = 10;
    std::size_t ef =
        100; ///< candidates that a search keeps, at least `top`: more are slower and find more of the nearest
};

/// An approximate index: finds most of the nearest words by a layered navigable graph (Malkov and Yashunin 2018,
/// "Efficient and robust approximate nearest neighbor search using Hierarchical Navigable Small World graphs"), by
/// cosine. For large vocabularies: below some hundred thousand words `nearest` is exact and fast enough. It uses the
/// rows of the vectors and needs about 8 M + 150 bytes more per word. It does not contain zero vectors.
/// A handle: copies share it, any thread may query.
export class neighbour_index {
public:
    /// `failure::usage` for options out of range; `failure::unavailable` without hnswlib; `failure::resource` without
    /// memory.
    explicit neighbour_index(word_vectors vectors, neighbour_index_options const& options = {});

    /// As `nearest`, with the same scores, but some of the nearest may be missing.
    [[nodiscard]] std::vector<neighbour> nearest(std::string_view word, approximate_options const& options = {}) const;
    [[nodiscard]] std::vector<neighbour> nearest(std::span<float const> to,
                                                 approximate_options const& options = {}) const;
    [[nodiscard]] word_vectors const& vectors() const noexcept;

    /// Writes the graph, not the vectors, atomically.
    void save(std::string const& path, output_options const& options = {}) const;
    /// Reads what `save` wrote, for the same vectors. `failure::bad_data` when the file belongs to other vectors or
    /// is damaged. The checksum and the links are checked before use.
    [[nodiscard]] static neighbour_index load(std::string const& path, word_vectors vectors);

private:
    struct state;
    explicit neighbour_index(std::shared_ptr<state const> s) noexcept;
    std::shared_ptr<state const> state_;
};
}
