export module wordmill.nn:parameters;
import :operations;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// What a layer learns: a matrix and the gradient of the loss for it. Layers hold references, so that two that share a
/// parameter share its gradient too. The gradient of a step is the sum of what is added to it; it is a dense matrix,
/// or, when only embeddings use the parameter, the sums of the rows that the step has seen.
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

    /// From now on gradients count from nothing.
    void begin_step() noexcept;
    /// Where to write a dense gradient, `beta` (0 or 1) times what is there added: 0 the first time in a step.
    struct dense_target {
        device_view<T> gradient;
        T beta;
    };
    [[nodiscard]] dense_target add_dense();
    /// Adds x [n, columns] to the rows `rows` of the gradient; numbers may come more than once. Costs what x is large.
    void add_rows(device_view<T const> x, std::span<token_id const> rows);

    /// The gradient of the step. With `rows`, row i is that of row rows[i], ascending, and all others are 0; without,
    /// `values` is dense, or empty when nothing was added.
    struct gradient_view {
        device_view<T> values;
        device_span<token_id const> rows;
    };
    [[nodiscard]] gradient_view gradient() noexcept;
    /// The gradient in full, on the host, [rows columns]: for tests and reports.
    [[nodiscard]] std::vector<T> host_gradient();

private:
    void make_dense();
    std::shared_ptr<operations<T>> ops_;
    std::string name_;
    tensor<T> values_;
    tensor<T> dense_;        // once asked for, stays
    bool has_dense_ = false; // in this step
    tensor<T> row_sums_;
    mirrored<token_id> row_numbers_; // of `row_sums_`, ascending
    // scratch, of sums that are joined with those of other rows
    tensor<T> joined_sums_;
    mirrored<token_id> joined_numbers_;
    mirrored<std::uint32_t> places_;
    mirrored<token_id> joined_places_;
};

/// The parameters of a model, in the order in which they were added. Names are unique.
export template <class T> class parameter_set {
public:
    explicit parameter_set(std::shared_ptr<operations<T>> ops);
    /// Zero at first. The reference stays valid.
    parameter<T>& add(std::string name, std::size_t rows, std::size_t columns);
    /// `failure::bad_data` that names it when there is none.
    [[nodiscard]] parameter<T>& at(std::string_view name);

    void begin_step() noexcept;
    /// Asks for the sums of the squares of each gradient of the step, [size()]; 0 where nothing was added.
    device_span<double const> gradient_squares();
    /// From those squares, on the host: the norm of all gradients together. `failure::bad_data` that names the first
    /// whose squares are not finite.
    [[nodiscard]] double norm_of(std::span<double const> squares) const;
    /// The norm of the gradients of the step. Waits for it; errors are those of `norm_of`.
    [[nodiscard]] double gradient_norm();
    [[nodiscard]] std::size_t values() const noexcept; ///< how many, all together
    [[nodiscard]] std::shared_ptr<operations<T>> const& ops() const noexcept { return ops_; }

    [[nodiscard]] auto begin() noexcept { return all_.begin(); }
    [[nodiscard]] auto end() noexcept { return all_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

private:
    std::shared_ptr<operations<T>> ops_;
    std::deque<parameter<T>> all_{};
    buffer<double> squares_;             // of each gradient
    std::vector<double> zeros_{};        // what they begin with
    std::vector<double> host_squares_{}; // their copy
};

/// Normal numbers with this standard deviation (Box & Muller 1958, in double), value i a function of (key, i).
export template <class T> void fill_normal(parameter<T>& p, random_key key, double deviation);
/// Uniform in [-bound, bound).
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
