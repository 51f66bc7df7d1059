module wordmill.vectors:row_panels;
import :cosines;
import :sparse_vectors;
import :word_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill::detail {
/// Rows that a thread looks at in one go.
struct row_range {
    std::size_t first = 0;
    std::size_t last = 0;
};

/// Vectors of questions side by side, and their products with the rows of word vectors.
class dense_panel {
public:
    struct scratch {
        std::vector<float> scores;
    };

    /// Vectors that one panel holds.
    [[nodiscard]] static std::size_t most(word_vectors const&) noexcept { return query_panel::most; }
    /// Vectors of questions that lie in memory at once.
    [[nodiscard]] static std::size_t most_waiting(word_vectors const&) noexcept { return 48 * query_panel::most; }

    dense_panel(word_vectors const& vectors, std::size_t) : vectors_(vectors), panel_(vectors.dimension()) {}
    inline void add(std::span<float const> vector) { panel_.add(vector); }
    [[nodiscard]] inline std::size_t stride() const noexcept { return panel_.stride(); }
    /// Rows are multiplied when they are looked at.
    inline void multiply(std::size_t, unsigned) {}

    /// Calls `look(row, products, 1 / norm)` for the rows that are not zero; there are `stride()` products.
    template <class Look> void each_row(row_range range, scratch& some, Look look) const {
        constexpr std::size_t tile_values = std::size_t{1} << 16; // 256 KiB of rows, for the second-level cache
        auto const rows = vectors_.rows();
        auto const norms = vectors_.norms();
        auto const tile = std::max<std::size_t>(48, tile_values / rows.columns / 48 * 48); // whole register tiles
        some.scores.resize(tile * stride());
        for (auto first = range.first; first < range.last; first += tile) {
            auto const count = std::min(tile, range.last - first);
            panel_.multiply({rows.data + first * rows.stride, count, rows.columns, rows.stride}, some.scores);
            for (std::size_t r = 0; r < count; ++r)
                if (auto const norm = norms[first + r]; norm > 0)
                    look(first + r, some.scores.data() + r * stride(), 1 / norm);
        }
    }

private:
    word_vectors const& vectors_;
    query_panel panel_;
};

/// The same for the rows of a sparse matrix, all multiplied at once: the first rows of a vocabulary hold most entries,
/// so that threads share them out by entries. Takes 8 bytes for each type and vector.
class sparse_panel {
public:
    struct scratch {};

    /// 64, or as many as 96 MiB hold together with the vectors that they are copies of, but at least 16.
    [[nodiscard]] static std::size_t most(sparse_vectors const& vectors) noexcept {
        constexpr std::size_t memory_bytes = std::size_t{96} << 20;
        auto const a_vector = 3 * sizeof(float) * std::max<std::size_t>(vectors.size(), vectors.dimension()) + 1;
        return std::clamp<std::size_t>(memory_bytes / a_vector / 16 * 16, 16, 64);
    }
    [[nodiscard]] static std::size_t most_waiting(sparse_vectors const& vectors) noexcept { return most(vectors); }

    sparse_panel(sparse_vectors const& vectors, std::size_t size)
        : vectors_(vectors), columns_(vectors.dimension(), width(size)), products_(vectors.size(), width(size)) {}
    void add(std::span<float const> vector);
    [[nodiscard]] inline std::size_t stride() const noexcept { return columns_.columns(); }
    /// The products of the first `rows` rows; the same for any number of threads.
    void multiply(std::size_t rows, unsigned threads);

    template <class Look> void each_row(row_range range, scratch&, Look look) const {
        auto const norms = vectors_.norms();
        for (auto r = range.first; r < range.last; ++r)
            if (norms[r] > 0) look(r, products_.view().row(r).data(), 1.0F);
    }

private:
    /// Whole vector registers, or a column or two that are multiplied one by one: more would each take as long as 16.
    [[nodiscard]] static std::size_t width(std::size_t size) noexcept {
        return size > 2 ? (size + 15) / 16 * 16 : size;
    }

    sparse_vectors const& vectors_;
    std::size_t size_ = 0;
    matrix<float> columns_;  ///< [D, width], zero from `size_` on
    matrix<float> products_; ///< [V, width]
};

[[nodiscard]] inline dense_panel panel_for(word_vectors const& vectors, std::size_t size) { return {vectors, size}; }
[[nodiscard]] inline sparse_panel panel_for(sparse_vectors const& vectors, std::size_t size) { return {vectors, size}; }
}
