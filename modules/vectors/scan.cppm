module wordmill.vectors:scan;
import :nearest;
import :row_panels;
import :sparse_vectors;
import :word_vectors;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill::detail {
/// A question to all rows: up to three vectors of length 1, and how their cosines make a score.
struct scan_query {
    enum class kind : std::uint8_t { cosine, product };
    std::vector<std::vector<float>> vectors{}; ///< one, or those of b, c and a for 3CosMul
    kind score = kind::cosine;
    std::vector<token_id> without{};
};

struct scored_row {
    token_id id{};
    double score = 0;
};

struct scan_options {
    std::size_t top = 10;
    std::size_t max_words = 0;
    unsigned threads = 1;
};

/// For each query the rows with the highest scores, falling, of equal ones the lower id first.
[[nodiscard]] std::vector<std::vector<scored_row>>
scan(word_vectors const& vectors, std::span<scan_query const> queries, scan_options const& options);
[[nodiscard]] std::vector<std::vector<scored_row>>
scan(sparse_vectors const& vectors, std::span<scan_query const> queries, scan_options const& options);

[[nodiscard]] bool left_out(scan_query const& query, std::uint32_t row) noexcept;

/// A row and about what score it has.
struct candidate {
    float score;
    std::uint32_t row;
    /// The better one comes first.
    [[nodiscard]] inline bool operator<(candidate other) const noexcept {
        return score != other.score ? score > other.score : row < other.row;
    }
};

/// The best entries, at most `top`, as a heap with the worst in front.
class best_rows {
public:
    explicit best_rows(std::size_t most) : most_(most) {}

    /// What a score has to reach.
    [[nodiscard]] inline float least() const noexcept { return least_; }
    inline void offer(candidate c) {
        if (heap_.size() == most_) {
            if (!(c < heap_.front())) return;
            std::pop_heap(heap_.begin(), heap_.end());
            heap_.back() = c;
        } else {
            heap_.push_back(c);
        }
        std::push_heap(heap_.begin(), heap_.end());
        if (heap_.size() == most_) least_ = heap_.front().score;
    }
    [[nodiscard]] std::vector<candidate> const& found() const noexcept { return heap_; }

private:
    std::size_t most_;
    float least_ = -std::numeric_limits<float>::infinity();
    std::vector<candidate> heap_{};
};

/// The `top` best of the candidates by their scores in double precision.
[[nodiscard]] std::vector<scored_row> exact_scores(word_vectors const& vectors, scan_query const& query,
                                                   std::vector<candidate> const& found, std::size_t top);

/// The rows with their words.
template <class Vectors>
[[nodiscard]] std::vector<neighbour> neighbours(Vectors const& vectors, std::span<scored_row const> rows) {
    std::vector<neighbour> found;
    for (auto const& [id, score] : rows) found.push_back({std::string(vectors.word(id)), id, score});
    return found;
}

inline constexpr std::size_t rows_at_once = 8192;
/// All rows, range by range.
[[nodiscard]] generator<row_range> row_ranges(std::size_t rows);
/// `wanted` threads (0 = as many as the machine allows), but none that would find no range.
[[nodiscard]] unsigned threads_for(unsigned wanted, std::size_t rows);

template <class Vectors> [[nodiscard]] bool is_zero(Vectors const& vectors, token_id id) {
    expect(index(id) < vectors.size(), "vectors: id outside the table");
    return vectors.norms()[index(id)] == 0;
}
/// Adds `weight` times the row at length 1, which must not be zero, to `sum` [D].
void add_unit(word_vectors const& vectors, token_id id, double weight, std::span<double> sum);
void add_unit(sparse_vectors const& vectors, token_id id, double weight, std::span<double> sum);
/// At length 1; nothing when it is zero or not finite.
[[nodiscard]] std::optional<std::vector<float>> unit(std::span<double const> vector);
template <class Vectors> [[nodiscard]] std::optional<std::vector<float>> unit_of(Vectors const& vectors, token_id id) {
    if (is_zero(vectors, id)) return std::nullopt;
    std::vector<double> sum(vectors.dimension());
    add_unit(vectors, id, 1, sum);
    return unit(sum);
}
[[nodiscard]] double length_of(std::span<float const> vector) noexcept;
/// The cosine of row `id` and a vector of this length, in double precision.
[[nodiscard]] double exact_cosine(word_vectors const& vectors, token_id id, std::span<float const> query,
                                  double length);
[[nodiscard]] double exact_cosine(sparse_vectors const& vectors, token_id id, std::span<float const> query,
                                  double length);

/// (1 + cos b) / 2 * (1 + cos c) / 2 / ((1 + cos a) / 2 + 0.001): Levy and Goldberg 2014, section 6.
template <class T> [[nodiscard]] constexpr T product_score(T b, T c, T a) noexcept {
    return (1 + b) / 2 * ((1 + c) / 2) / ((1 + a) / 2 + static_cast<T>(0.001));
}
}
