module wordmill.language_model:transformer_layers;
import :hidden_layers;
import :model;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;
import wordmill.training;

namespace wordmill::detail {
/// The decoder of a Transformer over segments of text. Its state is its memory: the positions before a segment. Without
/// one each segment starts anew.
template <class T> class transformer_layers final : public hidden_layers<T> {
public:
    /// Adds parameters with names that begin with "transformer." to the set.
    transformer_layers(language_model_options const& options, parameter_set<T>& set, random_key key);

    device_view<T const> forward(device_view<T const> x, std::size_t lanes, pass const& p) override;
    device_view<T const> backward(device_view<T const> d) override;
    /// Keeps keys and values of up to a segment of steps. After it, the text goes on with the memory or, without one,
    /// with the second half of the segment, which is computed again as the beginning of the next.
    device_view<T const> next(device_view<T const> x) override;
    void reset_state() noexcept override;
    [[nodiscard]] language_model_state<T> state() override;
    void set_state(language_model_state<T> const& state) override;

private:
    void end_steps();
    void begin_steps(std::size_t lanes);
    device_view<T const> scaled(device_view<T const> x, device_view<T> to);

    transformer_shape shape_;
    std::size_t size_; // H
    std::shared_ptr<operations<T>> ops_;
    transformer_decoder<T> stack_;
    tensor<T> x_, d_x_;
    tensor<T> inputs_;      // of the steps of the segment that `next` is in
    std::size_t steps_ = 0; // of that segment so far
};
}
