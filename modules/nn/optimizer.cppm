export module wordmill.nn:optimizer;
import :operations;
import :parameters;
import :tensor;
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

    /// Changes the parameters and returns the norm that all gradients together had before clipping: above `max_norm`
    /// they are multiplied by max_norm / (norm + 1e-6), without a pass of its own. A loss or a gradient that is not
    /// finite is a `failure::bad_data` that says which, before anything is changed.
    double step(loss_sum const& loss = {});

    [[nodiscard]] double learning_rate() const noexcept { return rate_; }
    /// `failure::usage` when negative or not finite.
    void set_learning_rate(double rate);

    /// How many steps were made, and what is remembered of them: with the parameters, all that a checkpoint needs.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    void set_steps(std::uint64_t steps) noexcept { steps_ = steps; }
    struct moment {
        std::string name; ///< "embedding.velocity", ".squares", ".mean"
        matrix_view<T> values;
    };
    [[nodiscard]] std::vector<moment> moments();

private:
    [[nodiscard]] update_rule rule(double norm) const;

    parameter_set<T>* parameters_;
    optimizer_options options_;
    double rate_ = 0;
    std::uint64_t steps_ = 0;
    std::vector<tensor<T>> first_{}; // of each parameter
    std::vector<tensor<T>> second_{};
};

extern template class optimizer<float>;
extern template class optimizer<double>;
}
