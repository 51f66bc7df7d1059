export module wordmill.vectors:quantized_vectors;
import :nearest;
import :word_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The rows of word vectors once more, at length 1 and in 8 bits a value, for one question after another: each reads a
/// quarter of what `nearest` reads, and its answer is the same. The error of a row's product with a question is bounded
/// by the lengths of the two rounding errors (Cauchy and Schwarz), so rows whose best case is below the worst case of
/// `top` others are out; the few that are left are looked at in full. Takes D bytes, rounded up to 64, and 8 more a
/// word, and making it takes about as long as five questions. Many questions at once are quicker with `nearest`.
/// A handle: copies share it, any thread may ask.
export class quantized_vectors {
public:
    /// `threads` make it; 0 = as many as the machine allows. `failure::resource` without memory and above 2^16
    /// dimensions.
    explicit quantized_vectors(word_vectors vectors, unsigned threads = 1);

    /// As the functions of the same name.
    [[nodiscard]] std::vector<neighbour> nearest(std::string_view word, nearest_options const& options = {}) const;
    [[nodiscard]] std::vector<neighbour> nearest(std::span<float const> to, nearest_options const& options = {}) const;
    [[nodiscard]] word_vectors const& vectors() const noexcept;
    /// What is kept beside the vectors.
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

private:
    struct state;
    std::shared_ptr<state const> state_;
};
}
