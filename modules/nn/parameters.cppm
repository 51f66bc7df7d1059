export module wordmill.nn:parameters;
import :operations;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A trainable matrix and the gradient of the loss with respect to it. Layers hold references, so layers that share a
/// parameter also share its gradient. The gradient of a step is the sum of all that is added to it. It is a dense
/// matrix or, when only embeddings use the parameter, holds only the rows that the step has used.
export template <class T> class parameter {
public:
    parameter(std::shared_ptr<operations<T>> ops, std::string name, std::size_t rows, std::size_t columns);

    [[nodiscard]] std::string const& name() const noexcept { return name_; }
    [[nodiscard]] std::size_t rows() const noexcept { return values_.rows(); }
    [[nodiscard]] std::size_t columns() const noexcept { return values_.columns(); }
    [[nodiscard]] device_view<T> values() noexcept { return values_.view(); }
    [[nodiscard]] device_view<T const> values() const noexcept { return values_.view(); }
    [[nodiscard]] std::shared_ptr<operations<T>> const& ops() const noexcept { return ops_; }
    /// The values on the host, [rows columns].
    [[nodiscard]] std::vector<T> host_values() const { return values_.values(); }
    void assign(std::span<T const> values) { values_.assign(values); }

    /// Resets the gradient to zero; gradients then accumulate.
    void begin_step() noexcept;
    /// Where to write a dense gradient: gradient = new values + beta * gradient. `beta` is 0 if nothing has been added
    /// in this step, else 1.
    struct dense_target {
        device_view<T> gradient;
        T beta;
    };
    [[nodiscard]] dense_target add_dense();
    /// Adds x [n, columns] to the rows `rows` of the gradient; a row number may occur more than once. The cost is
    /// proportional to the size of x.
    void add_rows(device_view<T const> x, std::span<token_id const> rows);

    /// The gradient of the step. When `rows` is not empty, row i of `values` is the gradient of row rows[i], in
    /// ascending order, and the gradient of every other row is 0. When `rows` is empty, `values` is dense, or empty if
    /// nothing was added.
    struct gradient_view {
        device_view<T> values;
        device_span<token_id const> rows;
    };
    [[nodiscard]] gradient_view gradient() noexcept;
    /// The whole gradient [rows columns] on the host: for tests and reports.
    [[nodiscard]] std::vector<T> host_gradient();

private:
    void make_dense();
    std::shared_ptr<operations<T>> ops_;
    std::string name_;
    tensor<T> values_;
    tensor<T> dense_;        // kept once it has been requested
    bool has_dense_ = false; // in this step
    tensor<T> row_sums_;
    mirrored<token_id> row_numbers_; // of `row_sums_`, ascending
    // Scratch for joining sums with those of other rows.
    tensor<T> joined_sums_;
    mirrored<token_id> joined_numbers_;
    mirrored<std::uint32_t> places_;
    mirrored<token_id> joined_places_;
};

/// The parameters of a model, in the order in which they were added. Names are unique.
export template <class T> class parameter_set {
public:
    explicit parameter_set(std::shared_ptr<operations<T>> ops);
    /// Adds a parameter of zeros. The reference stays valid.
    parameter<T>& add(std::string name, std::size_t rows, std::size_t columns);
    /// `failure::bad_data` with the name when there is no such parameter.
    [[nodiscard]] parameter<T>& at(std::string_view name);

    void begin_step() noexcept;
    /// Queues the computation of the sum of squares of each gradient of the step, [size()]; 0 where nothing was added.
    device_span<double const> gradient_squares();
    /// The norm of all gradients together, from those sums on the host. `failure::bad_data` with the name of the first
    /// parameter whose sum is not finite.
    [[nodiscard]] double norm_of(std::span<double const> squares) const;
    /// Waits for the norm of the gradients of the step and returns it. Errors are those of `norm_of`.
    [[nodiscard]] double gradient_norm();
    [[nodiscard]] std::size_t values() const noexcept; ///< of all parameters together
    [[nodiscard]] std::shared_ptr<operations<T>> const& ops() const noexcept { return ops_; }

    [[nodiscard]] auto begin() noexcept { return all_.begin(); }
    [[nodiscard]] auto end() noexcept { return all_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

private:
    std::shared_ptr<operations<T>> ops_;
    std::deque<parameter<T>> all_{};
    buffer<double> squares_;                        // of each gradient
    std::vector<double> zeros_{};                   // the initial values of `squares_`
    std::vector<double> host_squares_{};            // the copy of `squares_`
    std::vector<device_view<T const>> gradients_{}; // of a step
};

/// Fills with normal numbers of this standard deviation (Box & Muller 1958, in double); value i depends only on (key,
/// i).
export template <class T> void fill_normal(parameter<T>& p, random_key key, double deviation);
/// Fills with uniform numbers in [-bound, bound).
export template <class T> void fill_uniform(parameter<T>& p, random_key key, double bound);

extern template class parameter<float>;
extern template class parameter<double>;
extern template class parameter_set<float>;
extern template class parameter_set<double>;
extern template void fill_normal(parameter<float>&, random_key, double);
extern template void fill_normal(parameter<double>&, random_key, double);
extern template void fill_uniform(parameter<float>&, random_key, double);
extern template void fill_uniform(parameter<double>&, random_key, double);
}
