module wordmill.language_model:recurrent_layers;
import :hidden_layers;
import :model;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill::detail {
/// Dropout, then recurrent layers, each followed by dropout.
template <class T> class recurrent_layers final : public hidden_layers<T> {
public:
    /// Adds parameters with names that begin with "recurrent." to the set.
    recurrent_layers(language_model_options const& options, parameter_set<T>& set, random_key key);

    device_view<T const> forward(device_view<T const> x, std::size_t lanes, pass const& p) override;
    device_view<T const> backward(device_view<T const> d) override;
    device_view<T const> next(device_view<T const> x) override { return forward(x, x.rows, {}); }
    void reset_state() noexcept override;
    [[nodiscard]] language_model_state<T> state() override;
    void set_state(language_model_state<T> const& state) override;

private:
    void add_recurrent(std::size_t l, parameter_set<T>& set, random_key key);
    device_view<T const> drop(std::size_t place, device_view<T const> x, pass const& p, std::size_t lanes);
    device_view<T const> sum(device_view<T const> a, device_view<T const> b, tensor<T>& to);

    language_model_options options_;
    std::shared_ptr<operations<T>> ops_;
    std::vector<dropout<T>> drops_; // none, or one after the embedding and each recurrent layer
    std::vector<recurrent<T>> recurrents_;
    std::vector<std::optional<tensor<T>>> sums_; // input plus output, for layers with a skip connection
    std::vector<tensor<T>> d_sums_;
};
}
