export module wordmill.nn:position_encoding;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// How a model knows the positions of its inputs.
export enum class position_kind : std::uint8_t {
    none,
    sinusoidal, ///< sines and cosines of the position are added to the input (Vaswani et al. 2017)
    learned,    ///< rows of a table are added to the input (Gehring et al. 2017)
    rotary,     ///< attention rotates queries and keys by angles that grow with their positions (Su et al. 2021)
};
export inline constexpr named_value<position_kind> position_kind_names[] = {{"none", position_kind::none},
                                                                            {"sinusoidal", position_kind::sinusoidal},
                                                                            {"learned", position_kind::learned},
                                                                            {"rotary", position_kind::rotary}};

/// Adds to each row of the input a vector that depends on its position. Row t B + b is step t of lane b. Views are as
/// in `affine`.
export template <class T> class position_encoding {
public:
    /// Sinusoidal: value 2 i of position t is sin(t 10000^(-2 i / H)), value 2 i + 1 the cosine of the same angle.
    position_encoding(std::shared_ptr<operations<T>> ops, std::size_t size);
    /// Learned: row t of the table [P, H] belongs to position t.
    explicit position_encoding(parameter<T>& table);

    /// [n B, H] to [n B, H], of the steps from `first_step` on. `failure::usage` when a learned table has fewer
    /// positions.
    device_view<T const> forward(device_view<T const> x, std::size_t lanes, std::size_t first_step = 0);
    /// [n B, H]. The gradient of x is that of the result.
    void backward(device_view<T const> d_y);

private:
    void compute_sines(std::size_t positions);

    std::shared_ptr<operations<T>> ops_;
    parameter<T>* learned_ = nullptr;
    std::size_t size_;
    tensor<T> sines_;         // of the positions so far
    mirrored<token_id> rows_; // of the table, for each row of x
    tensor<T> y_;
};

extern template class position_encoding<float>;
extern template class position_encoding<double>;
}
