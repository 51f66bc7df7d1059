export module wordmill.nn:turing_machine;
import :operations;
import :parameters;
import :recurrent;
import :tensor;
import wordmill.compute;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The network that reads the input and moves the heads of a neural Turing machine.
export enum class machine_controller : std::uint8_t {
    lstm,
    feed_forward, ///< tanh(x W + b), which remembers nothing but what it reads
};

export struct turing_machine_options {
    machine_controller controller = machine_controller::lstm;
    std::size_t inputs = 0;      ///< D
    std::size_t hidden = 100;    ///< H, units of the controller
    std::size_t slots = 128;     ///< N, of the memory
    std::size_t width = 20;      ///< M, of a slot
    std::size_t read_heads = 1;  ///< R
    std::size_t write_heads = 1; ///< W
    std::size_t reach = 1;       ///< the number of slots that a head can move in a step, either way

    [[nodiscard]] inline std::size_t heads() const noexcept { return read_heads + write_heads; }
    /// The number of arguments that move all heads and write.
    [[nodiscard]] inline std::size_t head_arguments() const noexcept {
        return heads() * address_size(width, 2 * reach + 1) + write_heads * 2 * width;
    }
};

/// The parameters of a neural Turing machine.
export template <class T> struct turing_machine_parameters {
    parameter<T>& input;      ///< of the controller, [D + R M, 4 H]; feed-forward: [D + R M, H]
    parameter<T>* hidden;     ///< of the controller, [H, 4 H]; feed-forward: null
    parameter<T>& bias;       ///< of the controller, [1, 4 H] or [1, H]
    parameter<T>& heads;      ///< [H, head_arguments()]
    parameter<T>& head_bias;  ///< [1, head_arguments()]
    parameter<T>& memory;     ///< the initial memory, [N, M]
    parameter<T>& weightings; ///< arguments of the softmax that makes the initial weightings, [R + W, N]
    parameter<T>& reads;      ///< arguments of the tanh that makes the initial read vectors, [R, M]
};

/// Adds the parameters to the set: `name` followed by ".input", ".hidden" and so on. Biases are 0, but for those of the
/// LSTM's forget gate, which are 1. Weights are drawn from normal distributions with a standard deviation of 1 /
/// sqrt(number of inputs), the arguments of initial weightings and read vectors with 1 / sqrt(number of columns). As in
/// Collier & Beel 2018, the initial memory, weightings and read vectors are learned, and every value of the memory
/// begins as 1e-6. Unlike there, heads begin with about 20 / 21 of their weight on the middle slot: a place to move
/// from. `failure::usage` for a size of 0 and for a reach beyond the slots.
export template <class T>
[[nodiscard]] turing_machine_parameters<T> add_turing_machine(turing_machine_options const& options,
                                                              std::string const& name, parameter_set<T>& set,
                                                              random_key key);

/// A neural Turing machine (Graves, Wayne & Danihelka 2014) over T steps of B lanes of equal length. In each step the
/// controller reads the input and the read vectors of the step before; the heads are addressed by what it makes of
/// them, in the memory as it is; the read heads read, then the write heads write. A sequence begins with the initial
/// memory, and gradients go back through all its steps. Row t B + b is lane b at step t. Views are as in `affine`.
export template <class T> class turing_machine {
public:
    /// `failure::usage` when the shapes of the parameters do not match the options.
    turing_machine(turing_machine_options const& options, turing_machine_parameters<T> const& parameters);

    /// [T B, D] to [T B, H + R M]: the hidden values of the controller, then what the heads read.
    device_view<T const> forward(device_view<T const> x, std::size_t lanes);
    /// [T B, H + R M] to [T B, D]. Call it at most once for each `forward`.
    device_view<T const> backward(device_view<T const> d_y);

    // What the last sequence did with its memory, for reports.

    /// [T B, (R + W) N], read heads first.
    [[nodiscard]] device_view<T const> weightings() const noexcept;
    /// The add vectors [T B, W M]. Valid until the next call.
    [[nodiscard]] device_view<T const> added();
    /// The memory after the last step, [N B, M]; row n B + b is slot n of lane b.
    [[nodiscard]] device_view<T const> memory() const noexcept;

private:
    struct step_rows;
    void start(device_view<T const> x, std::size_t lanes);
    void start_backward();
    void finish_backward();
    [[nodiscard]] step_rows rows_at(std::size_t step) noexcept;
    void control(step_rows const& rows, std::size_t step);
    [[nodiscard]] device_view<T const> control_backward(step_rows const& rows, std::size_t step);
    void spread(device_view<T const> from, device_view<T> to);
    void sum_lanes(device_view<T const> d, device_view<T> to);
    void add_gradient(parameter<T>& p, device_view<T const> d);

    turing_machine_options options_;
    turing_machine_parameters<T> parameters_;
    std::shared_ptr<operations<T>> ops_;
    std::optional<recurrent<T>> lstm_{};
    std::size_t lanes_ = 0, steps_ = 0;
    bool went_back_ = true;
    mirrored<token_id> slot_numbers_; // [N B], of the rows of a memory
    tensor<T> first_weightings_;      // [R + W, N]
    tensor<T> first_reads_;           // [R, M]
    tensor<T> inputs_;                // [(T + 1) B, D + R M], of the controller; the last read vectors at the end
    tensor<T> y_;                     // [T B, H + R M]
    tensor<T> arguments_;             // [T B, head_arguments()]
    tensor<T> similarities_;          // [T B, (R + W) N]
    tensor<T> weightings_;            // [(T + 1) B, (R + W) N]
    tensor<T> memories_;              // [(T + 1) N B, M]
    tensor<T> added_;
    // Gradients: of all steps, for those of the parameters ..
    tensor<T> d_arguments_, d_controlled_, d_x_;
    // .. and of what a step passes to the one before it.
    tensor<T> d_hidden_, d_inputs_, d_reads_, d_weightings_, d_memory_, d_first_;
};

extern template turing_machine_parameters<float> add_turing_machine(turing_machine_options const&, std::string const&,
                                                                    parameter_set<float>&, random_key);
extern template turing_machine_parameters<double> add_turing_machine(turing_machine_options const&, std::string const&,
                                                                     parameter_set<double>&, random_key);
extern template class turing_machine<float>;
extern template class turing_machine<double>;
}
