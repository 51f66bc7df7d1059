export module wordmill.vectors:quantized_vectors;
import :nearest;
import :word_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A copy of the rows of word vectors at length 1 in 8 bits per value. A query reads a quarter of the bytes that
/// `nearest` reads and gives the same answer: the error of a product is bounded by the lengths of the two rounding
/// errors (Cauchy and Schwarz), so rows whose best case is below the worst case of `top` others are excluded, and the
/// few others are compared at full precision. Needs D bytes, rounded up to 64, plus 8 per word; construction takes
/// about as long as five queries. Many queries at once are faster with `nearest`. A handle: copies share it, any thread
/// may query.
export class quantized_vectors {
public:
    /// `threads` make it; 0 = as many as the machine allows. `failure::resource` without memory and above 2^16
    /// dimensions.
    explicit quantized_vectors(word_vectors vectors, unsigned threads = 1);

    /// As the functions of the same name.
    [[nodiscard]] std::vector<neighbour> nearest(std::string_view word, nearest_options const& options = {}) const;
    [[nodiscard]] std::vector<neighbour> nearest(std::span<float const> to, nearest_options const& options = {}) const;
    [[nodiscard]] word_vectors const& vectors() const noexcept;
    /// Bytes needed in addition to the vectors.
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

private:
    struct state;
    std::shared_ptr<state const> state_;
};
}
