export module wordmill.glove:model;
import :reference;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct glove_options {
    std::size_t vocabulary_size = 0; ///< V
    std::size_t dimension = 100;     ///< D
    glove_objective objective{};
};

/// Which vector of a type is meant.
export enum class glove_vector : std::uint8_t {
    sum,     ///< w + c, as the original program saves them
    word,    ///< w, of the type as a target
    context, ///< c, of the type as a context
};

/// The parameters of GloVe: for each type a vector and a bias as a target and as a context, and the squared gradients
/// of each, as AdaGrad needs them. What changes them is `train_glove_epoch`.
export class glove_model {
public:
    /// Parameters uniform in -0.5 / D .. 0.5 / D, squared gradients 1, as the original program begins. Row r is drawn
    /// with key.fold_in(r). `failure::usage` for a dimension or a vocabulary size of 0 and for an objective without
    /// meaning, `failure::resource` when the memory cannot be allocated.
    glove_model(glove_options const& options, random_key key);

    [[nodiscard]] inline glove_options const& options() const noexcept { return options_; }
    /// [2V, D + 1]: the targets, then the contexts; the bias is the last component of a row.
    [[nodiscard]] matrix_view<float> parameters() noexcept;
    [[nodiscard]] matrix_view<float const> parameters() const noexcept;
    /// [2V, D + 1], each of the parameter in the same place.
    [[nodiscard]] matrix_view<float> squared_gradients() noexcept;
    [[nodiscard]] matrix_view<float const> squared_gradients() const noexcept;
    /// Writes `to` [D].
    void vector_of(token_id id, std::span<float> to, glove_vector which = glove_vector::sum) const;

    /// Bytes that a model of this size takes: 16 V floor(D / 16 + 1) 16. A `failure::resource` when they cannot be
    /// counted, a `failure::usage` when there are none.
    [[nodiscard]] static std::size_t memory_bytes(std::size_t vocabulary_size, std::size_t dimension);
    /// The instruction set that the arithmetic runs on here.
    [[nodiscard]] static std::string_view instruction_set();

private:
    glove_options options_;
    std::size_t stride_; ///< of the parameters of a row; their squared gradients lie after them, in the next lines
    mapped_memory memory_;
};
}
