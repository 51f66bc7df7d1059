export module wordmill.nn:optimizer;
import :operations;
import :parameters;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export struct optimizer_options {
    optimizer_kind kind = optimizer_kind::sgd;
    std::optional<double> learning_rate{}; ///< default: the book's 0.01, or 0.001 for Adam
    double momentum = 0.9;                 ///< Momentum and Nesterov
    double decay = 0.99;                   ///< RMSprop
    double beta1 = 0.9;                    ///< Adam
    double beta2 = 0.999;                  ///< Adam
    double epsilon = 1e-7;                 ///< AdaGrad, RMSprop and Adam: added to the square root
    double max_norm = 0;                   ///< scales gradients down to this norm; 0: never
    bool lazy = false;                     ///< leaves rows without a gradient as they are
};

/// Updates parameters from their gradients by the formulas of `update_rule`. Momentum follows Polyak 1964; Nesterov
/// follows Bengio, Boulanger-Lewandowski & Pascanu 2012, with the velocity before the step (the book's program uses the
/// velocity after it); AdaGrad follows Duchi, Hazan & Singer 2011; RMSprop follows Tieleman & Hinton 2012. Adam follows
/// Kingma & Ba 2015; the bias correction is applied to the rate, so that epsilon has the same effect as in the book.
///
/// When a step has gradients for only some rows of a parameter, as for an embedding, the gradient of the others is
/// zero. By the formulas their moments still decay and, but for RMSprop, move them, so a step takes time for all rows
/// of the parameter. A `lazy` optimizer leaves these rows and their moments as they are: a step takes time only for the
/// rows with a gradient, and rare words learn more slowly. SGD and AdaGrad do not move such rows, and are the same
/// either way.
export template <class T> class optimizer {
public:
    /// The parameters are borrowed, and none may be added to the set later. `failure::usage` for an option out of
    /// range.
    optimizer(parameter_set<T>& parameters, optimizer_options const& options);
    optimizer(optimizer&&) noexcept;
    optimizer& operator=(optimizer&&) noexcept;
    ~optimizer();

    /// Queues a step and does not wait for it. The device computes the norm of all gradients together, multiplies the
    /// gradients by max_norm / (norm + 1e-6) if the norm is above `max_norm`, and updates the parameters. When `loss`
    /// or a gradient is not finite, the step changes nothing and `norm` reports the error.
    void step(device_span<loss_sum const> loss = {});
    /// Waits for the last step and returns the norm of its gradients before clipping. A loss or a gradient that was not
    /// finite is a `failure::bad_data` that names it; the step then does not count.
    double norm();

    [[nodiscard]] double learning_rate() const noexcept { return rate_; }
    /// `failure::usage` when negative or not finite.
    void set_learning_rate(double rate);

    /// The number of steps made. With the moments and the parameters it is all that a checkpoint needs.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    void set_steps(std::uint64_t steps) noexcept { steps_ = steps; }
    struct moment {
        std::string name; ///< "embedding.velocity", ".squares", ".mean"
        device_view<T> values;
    };
    [[nodiscard]] std::vector<moment> moments();

private:
    [[nodiscard]] update_rule rule() const;
    /// The numbers of a step that are known when it is done.
    struct outcome;

    parameter_set<T>* parameters_;
    optimizer_options options_;
    double rate_ = 0;
    std::uint64_t steps_ = 0;
    std::vector<tensor<T>> first_{}; // of each parameter
    std::vector<tensor<T>> second_{};
    std::vector<update_target<T>> targets_{}; // of a step
    std::unique_ptr<outcome> outcome_;        // on the heap: the queue writes to its address
};

extern template class optimizer<float>;
extern template class optimizer<double>;
}
