export module wordmill.nn:update_operations;
import :loss_operations;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export enum class optimizer_kind : std::uint8_t { sgd, momentum, nesterov, adagrad, rmsprop, adam };

/// One step of an optimizer; g is `gradient_scale` times the gradient.
///   sgd       p -= rate g
///   momentum  v = a v - rate g, p += v                               (first = v)
///   nesterov  v' = a v - rate g, p += a v' - rate g                  (first = v)
///   adagrad   s += g^2, p -= rate g / (sqrt(s) + epsilon)            (first = s)
///   rmsprop   s = a s + (1 - a) g^2, p as adagrad                    (first = s)
///   adam      m += (1 - a)(g - m), s += (1 - b)(g^2 - s), p -= rate m / (sqrt(s) + epsilon); the rate is given with
///             its bias correction                                    (first = m, second = s)
export struct update_rule {
    optimizer_kind kind = optimizer_kind::sgd;
    double rate = 0.01;
    double a = 0;
    double b = 0;
    double epsilon = 1e-7;
    double gradient_scale = 1;
    double max_norm = 0; ///< gradients are clipped to this norm; 0: never
    bool lazy = false;   ///< rows without a gradient stay as they are; else their gradient is 0

    /// Whether an update changes rows, or moments, of which the gradient is 0.
    [[nodiscard]] constexpr bool changes_all_rows() const noexcept {
        return !lazy && kind != optimizer_kind::sgd && kind != optimizer_kind::adagrad;
    }
};

/// The numbers on the device that decide whether and how an update is applied.
export struct update_guard {
    device_span<double const> squares{}; ///< the sum of squares of each gradient; empty: not known
    device_span<loss_sum const> loss{};  ///< [1] or empty
};

/// The factor by which an update multiplies gradients, from the numbers of the guard: `gradient_scale`, times max_norm
/// / (norm + 1e-6) if the norm is above `max_norm`. Nothing if any of the numbers is not finite; the update then
/// changes nothing.
[[nodiscard]] inline std::optional<double> gradient_factor(update_rule const& rule, std::span<double const> squares,
                                                           std::span<loss_sum const> loss) {
    double sum = 0;
    for (auto const one : squares) sum += one;
    if (!std::isfinite(sum) || (!loss.empty() && !std::isfinite(loss[0].sum))) return {};
    auto const share = rule.max_norm / (std::sqrt(sum) + 1e-6);
    return !squares.empty() && rule.max_norm > 0 && share < 1 ? rule.gradient_scale * share : rule.gradient_scale;
}

/// A parameter and its moments, and the gradient that updates them. Row i of the gradient is that of row rows[i], in
/// ascending order, or of row i when `rows` is empty. Rows that are not named have a gradient of 0.
export template <class T> struct update_target {
    device_view<T const> gradient{};
    device_span<token_id const> rows{};
    device_view<T> values{};
    device_view<T> first{};
    device_view<T> second{};
};

/// Norms of gradients, and the steps of optimizers.
export template <class T> class update_operations {
public:
    virtual ~update_operations() = default;
    /// sums[i] += the squares of all values of matrix i, summed in double.
    virtual void sums_of_squares(std::span<device_view<T const> const> all, device_span<double> sums) = 0;
    /// Updates all targets. Gradients are clipped by the norm from the guard. When one of the guard's numbers is not
    /// finite, nothing is changed.
    virtual void update_all(update_rule const& rule, std::span<update_target<T> const> all,
                            update_guard const& guard) = 0;

    // The same for one.

    inline void sum_of_squares(device_view<T const> x, device_span<double> sum) { sums_of_squares({&x, 1}, sum); }
    inline void update(update_rule const& rule, update_target<T> const& target, update_guard const& guard = {}) {
        update_all(rule, {&target, 1}, guard);
    }
};

/// The number of matrices of moments that an optimizer keeps.
[[nodiscard]] constexpr unsigned moments_of(optimizer_kind kind) noexcept {
    return kind == optimizer_kind::sgd ? 0 : kind == optimizer_kind::adam ? 2 : 1;
}
/// Checks the shapes of a target.
template <class T> void check_update(update_rule const& rule, update_target<T> const& t) {
    auto const fits = [&](device_view<T> x) { return x.rows == t.values.rows && x.columns == t.values.columns; };
    expect(t.gradient.columns == t.values.columns
               && (t.rows.empty() ? t.gradient.rows == t.values.rows : t.rows.size() == t.gradient.rows),
           "update: a row of values for every row of the gradient");
    expect((moments_of(rule.kind) < 1 || fits(t.first)) && (moments_of(rule.kind) < 2 || fits(t.second)),
           "update: moments in the shape of the values");
}
}
