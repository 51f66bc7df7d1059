export module wordmill.word2vec:weights;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The parameters of a model: input vectors (the result) of types and subwords, and output vectors of types or inner
/// nodes of a tree. Rows begin at cache lines; the floats between the dimension and the stride stay 0.
export class embedding_weights {
public:
    /// Input vectors uniform in -first_values / D .. first_values / D, output vectors 0. Row r is drawn with
    /// key.fold_in(r). `failure::resource` when the memory cannot be allocated.
    embedding_weights(std::size_t input_rows, std::size_t output_rows, std::size_t dimension, double first_values,
                      random_key key);

    [[nodiscard]] inline std::size_t dimension() const noexcept { return dimension_; } ///< D
    [[nodiscard]] inline matrix_view<float> input() noexcept {
        return {input_.as<float>(), input_rows_, dimension_, stride_};
    }
    [[nodiscard]] inline matrix_view<float> output() noexcept {
        return {output_.as<float>(), output_rows_, dimension_, stride_};
    }
    [[nodiscard]] inline matrix_view<float const> input() const noexcept {
        return {input_.as<float>(), input_rows_, dimension_, stride_};
    }
    [[nodiscard]] inline matrix_view<float const> output() const noexcept {
        return {output_.as<float>(), output_rows_, dimension_, stride_};
    }
    /// Floats from one row to the next. A dimension of 0 is a `failure::usage`.
    [[nodiscard]] static std::size_t stride_of(std::size_t dimension);
    /// The bytes that weights of this size take. A number of bytes that overflows is a `failure::resource`.
    [[nodiscard]] static std::size_t memory_bytes(std::size_t input_rows, std::size_t output_rows,
                                                  std::size_t dimension);

private:
    std::size_t input_rows_;
    std::size_t output_rows_;
    std::size_t dimension_;
    std::size_t stride_;
    mapped_memory input_;
    mapped_memory output_;
};
}
