export module wordmill.nn:residual;
import :dropout;
import :layer_norm;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Where a residual layer normalises.
export enum class norm_placement : std::uint8_t {
    before, ///< x + layer(norm(x)) (Xiong et al. 2020): trains without a warm-up of the learning rate
    after,  ///< norm(x + layer(x)) (Vaswani et al. 2017)
};
export inline constexpr named_value<norm_placement> norm_placement_names[] = {{"pre", norm_placement::before},
                                                                              {"post", norm_placement::after}};

/// A layer whose output, some of it dropped, is added to its input (He et al. 2016), with a layer normalisation. Views
/// are as in `affine`.
export template <class T> class residual {
public:
    residual(norm_placement where, double ratio, layer_norm_parameters<T> const& norm)
        : ops_(norm.gain.ops()), where_(where), norm_(norm), dropout_(ops_, {.ratio = ratio}), y_(ops_), d_x_(ops_) {}

    /// [N, H] to [N, H]. `layer` is the forward pass of the layer, from view to view.
    template <class Layer> device_view<T const> forward(device_view<T const> x, pass const& pass, Layer const& layer) {
        auto const before = where_ == norm_placement::before;
        auto const added = layer(before ? norm_.forward(x) : x);
        auto const sum = y_.resize(x.rows, x.columns);
        dropout_.forward_onto(x, added, pass, sum);
        return before ? device_view<T const>(sum) : norm_.forward(sum);
    }
    /// [N, H] to [N, H]. `layer` is the backward pass of the layer.
    template <class Layer> device_view<T const> backward(device_view<T const> d_y, Layer const& layer) {
        if (where_ == norm_placement::before) {
            auto const d_x = norm_.backward(layer(dropout_.backward(d_y)));
            ops_->add(d_y, 1, d_x);
            return d_x;
        }
        auto const d_sum = norm_.backward(d_y);
        auto const d_x = d_x_.resize(d_y.rows, d_y.columns);
        ops_->sum(layer(dropout_.backward(d_sum)), d_sum, d_x);
        return d_x;
    }

    /// Keeps gradients in the memory of those of another layer, as `affine` does.
    void share_gradients(residual const& with) {
        norm_.share_gradients(with.norm_);
        dropout_.share_gradients(with.dropout_);
        d_x_.share(with.d_x_);
    }

private:
    std::shared_ptr<operations<T>> ops_;
    norm_placement where_;
    layer_norm<T> norm_;
    dropout<T> dropout_;
    tensor<T> y_, d_x_;
};
}
