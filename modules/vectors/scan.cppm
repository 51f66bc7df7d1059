module;
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>
module wordmill.vectors:scan;
import :word_vectors;
import wordmill.core;

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

/// At length 1; nothing when it is zero.
[[nodiscard]] std::optional<std::vector<float>> unit(std::span<double const> vector);
[[nodiscard]] std::optional<std::vector<float>> unit_of(word_vectors const& vectors, token_id id);
/// The cosine of row `id` and a vector, in double precision.
[[nodiscard]] double exact_cosine(word_vectors const& vectors, token_id id, std::span<float const> query);

/// (1 + cos b) / 2 * (1 + cos c) / 2 / ((1 + cos a) / 2 + 0.001): Levy and Goldberg 2014, section 6.
template <class T> [[nodiscard]] constexpr T product_score(T b, T c, T a) noexcept {
    return (1 + b) / 2 * ((1 + c) / 2) / ((1 + a) / 2 + static_cast<T>(0.001));
}
}
