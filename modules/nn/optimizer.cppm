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
    std::optional<double> learning_rate{}; ///< the book's when left open: 0.01, for Adam 0.001
    double momentum = 0.9;                 ///< Momentum and Nesterov
    double decay = 0.99;                   ///< RMSprop
    double beta1 = 0.9;                    ///< Adam
    double beta2 = 0.999;                  ///< Adam
    double epsilon = 1e-7;                 ///< AdaGrad, RMSprop and Adam: added to the root
    double max_norm = 0;                   ///< gradients are scaled down to it; 0: never
};

/// Changes parameters along their gradients, by the formulas of `update_rule`: Momentum as Polyak 1964; Nesterov as
/// Bengio, Boulanger-Lewandowski & Pascanu 2012, with the velocity before the step (the book's program takes the one
/// after it); AdaGrad as Duchi, Hazan & Singer 2011; RMSprop as Tieleman & Hinton 2012; Adam as Kingma & Ba 2015 with
/// the correction of its bias in the rate, so that epsilon counts as in the book.
///
/// A parameter of which a step has seen some rows only has only these changed. For SGD and AdaGrad that is the same as
/// a gradient of zeros elsewhere; the others are lazy: moments of rows that are not seen neither fade nor push on.
export template <class T> class optimizer {
public:
    /// The parameters are borrowed, and none comes after them. `failure::usage` for an option out of range.
    optimizer(parameter_set<T>& parameters, optimizer_options const& options);
    optimizer(optimizer&&) noexcept;
    optimizer& operator=(optimizer&&) noexcept;
    ~optimizer();

    /// Asks for a step, and does not wait for it: the device works out the norm of all gradients together, multiplies
    /// them by max_norm / (norm + 1e-6) where it is above `max_norm`, and changes the parameters. When `loss` or a
    /// gradient is not finite, it changes nothing, and `norm` says so.
    void step(device_span<loss_sum const> loss = {});
    /// The norm that the gradients of the last step had before clipping; waits for the step. A loss or a gradient that
    /// was not finite is a `failure::bad_data` that says which; the step then does not count.
    double norm();

    [[nodiscard]] double learning_rate() const noexcept { return rate_; }
    /// `failure::usage` when negative or not finite.
    void set_learning_rate(double rate);

    /// How many steps were made, and what is remembered of them: with the parameters, all that a checkpoint needs.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    void set_steps(std::uint64_t steps) noexcept { steps_ = steps; }
    struct moment {
        std::string name; ///< "embedding.velocity", ".squares", ".mean"
        device_view<T> values;
    };
    [[nodiscard]] std::vector<moment> moments();

private:
    [[nodiscard]] update_rule rule() const;
    /// What is known of a step when it is done.
    struct outcome;

    parameter_set<T>* parameters_;
    optimizer_options options_;
    double rate_ = 0;
    std::uint64_t steps_ = 0;
    std::vector<tensor<T>> first_{}; // of each parameter
    std::vector<tensor<T>> second_{};
    std::unique_ptr<outcome> outcome_; // at a fixed address: the queue writes there
};

extern template class optimizer<float>;
extern template class optimizer<double>;
}
