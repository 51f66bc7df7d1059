// For .cu files only: recurrent layers by cuDNN, and by our own kernels.
#pragma once
#include "cudnn.hpp"
#include "queue.hpp"
#include "wordmill/cuda/nn_recurrent.hpp"
#include <memory>

namespace wordmill::cuda {
void recurrent_forward_by_kernels(nn_device& nn, recurrent_layer const& layer);
void recurrent_backward_by_kernels(nn_device& nn, recurrent_layer const& layer, recurrent_layer_gradients const& d);

/// Layers of tanh and LSTM whose lanes are equally long. A plan is an algorithm of cuDNN, or our own kernels. All of
/// them are timed on the first layer of a shape, and the fastest computes that shape from then on. A plan that cuDNN
/// refuses is left out. GRUs are computed by our kernels, since cuDNN resets the state after its product with the
/// weights. So are lanes of different lengths, since cuDNN wants the lengths in the memory of the host.
class recurrent_library {
public:
    /// Throws cuda_error when cuDNN is not found.
    recurrent_library(queue& q, product_precision products);
    recurrent_library(recurrent_library const&) = delete;
    recurrent_library& operator=(recurrent_library const&) = delete;
    ~recurrent_library();

    /// How many floats the layer needs for its way back, if a plan of cuDNN is chosen for it; 0: our kernels are. Waits
    /// for the device when the shape is new, and overwrites all values that a forward pass overwrites.
    [[nodiscard]] std::size_t reserve_of(nn_device& nn, recurrent_layer const& layer);
    [[nodiscard]] recurrent_plan_times times_of(nn_device& nn, recurrent_layer const& layer);
    /// The layer has the memory that `reserve_of` asked for.
    void forward(nn_device& nn, recurrent_layer const& layer);
    void backward(nn_device& nn, recurrent_layer const& layer, recurrent_layer_gradients const& d);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
