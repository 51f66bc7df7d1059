module wordmill.language_model:hidden_layers;
import :model;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.standard;

namespace wordmill::detail {
/// The layers of a language model between its embedding and its last layer. Lanes are independent texts; their states
/// carry over from one call to the next. Views are as in `affine`.
template <class T> class hidden_layers {
public:
    hidden_layers() = default;
    hidden_layers(hidden_layers const&) = delete;
    hidden_layers& operator=(hidden_layers const&) = delete;
    virtual ~hidden_layers() = default;

    /// Embedded tokens [T B, D] to the input of the last layer, [T B, H].
    virtual device_view<T const> forward(device_view<T const> x, std::size_t lanes, pass const& p) = 0;
    virtual device_view<T const> backward(device_view<T const> d_y) = 0; ///< [T B, H] to [T B, D]

    /// One more step of each lane, without dropout: [B, D] to [B, H].
    virtual device_view<T const> next(device_view<T const> x) = 0;

    virtual void reset_state() noexcept = 0;
    [[nodiscard]] virtual language_model_state<T> state() = 0;
    /// `failure::bad_data` when the state is that of a model with other sizes.
    virtual void set_state(language_model_state<T> const& state) = 0;
};

/// Adds a parameter to the set and fills it with normal numbers of this standard deviation.
template <class T> parameter<T>& add_normal(parameter_set<T>& set, std::string name, std::size_t rows,
                                            std::size_t columns, random_key key, double deviation) {
    auto& p = set.add(std::move(name), rows, columns);
    fill_normal(p, key, deviation);
    return p;
}
}
