module;
#include "wordmill/cuda/nn_recurrent.hpp"
#include <cstddef>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
namespace {
[[nodiscard]] cuda::recurrent_cell kernel_of(recurrent_cell cell) {
    switch (cell) {
    case recurrent_cell::tanh: return cuda::recurrent_cell::tanh;
    case recurrent_cell::lstm: return cuda::recurrent_cell::lstm;
    case recurrent_cell::gru: break;
    }
    return cuda::recurrent_cell::gru;
}
}

cuda::recurrent_weights cuda_recurrent::there(recurrent_weights<float> const& w) noexcept {
    return {cuda_family::there(w.input), cuda_family::there(w.hidden), cuda_family::there(w.bias)};
}
cuda::recurrent_layer cuda_recurrent::there(recurrent_pass<float> const& pass) noexcept {
    return {.cell = kernel_of(pass.cell),
            .weights = there(pass.weights),
            .x = cuda_family::there(pass.x),
            .lanes = pass.run.lanes,
            .gates = cuda_family::there(pass.run.gates),
            .hidden = cuda_family::there(pass.run.hidden),
            .cells = cuda_family::there(pass.run.cells),
            .lengths = cuda_family::there(pass.lengths),
            .reserve = {cuda_family::there(pass.run.reserve).data, pass.run.reserve.columns}};
}

std::size_t cuda_recurrent::recurrent_reserve(recurrent_pass<float> const& pass) {
    check_run(pass);
    return on_cuda([&] { return cuda::recurrent_reserve(device_, there(pass)); });
}
void cuda_recurrent::recurrent_forward(recurrent_pass<float> const& pass) {
    check_run(pass);
    on_cuda([&] { cuda::recurrent_forward(device_, there(pass)); });
}
void cuda_recurrent::recurrent_backward(recurrent_pass<float> const& pass, recurrent_gradients<float> const& d) {
    check_run(pass);
    check_gradients(pass, d);
    on_cuda([&] {
        cuda::recurrent_backward(device_, there(pass),
                                 {.hidden = cuda_family::there(d.hidden),
                                  .state = cuda_family::there(d.state),
                                  .cells = cuda_family::there(d.cells),
                                  .x = cuda_family::there(d.x),
                                  .weights = there(d.weights),
                                  .beta = d.beta});
    });
}
}
