module;
#include "wordmill/cuda/nn_addressing.hpp"
#include <cstddef>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
cuda::memory_addressing cuda_addressing::there(addressing_step<float> const& step) noexcept {
    return {.lanes = step.arguments.rows,
            .heads = step.heads,
            .memory = cuda_family::there(step.memory),
            .arguments = cuda_family::there(step.arguments),
            .before = cuda_family::there(step.before),
            .similarities = cuda_family::there(step.similarities),
            .weights = cuda_family::there(step.weights),
            .added_square = static_cast<float>(added_square),
            .least_weight = static_cast<float>(least_weight)};
}
cuda::memory_writing cuda_addressing::there(writing_step<float> const& step) noexcept {
    return {.lanes = step.arguments.rows,
            .heads = step.heads,
            .memory = cuda_family::there(step.memory),
            .arguments = cuda_family::there(step.arguments),
            .weights = cuda_family::there(step.weights),
            .after = cuda_family::there(step.after)};
}

void cuda_addressing::address(addressing_step<float> const& step) {
    (void)sizes_of(step); // checks the shapes
    on_cuda([&] { cuda::address(device_, there(step)); });
}
void cuda_addressing::address_backward(addressing_step<float> const& step, addressing_gradients<float> const& d) {
    (void)sizes_of(step);
    check_gradients(step, d);
    on_cuda([&] {
        cuda::address_backward(device_, there(step),
                               {.weights = cuda_family::there(d.weights),
                                .arguments = cuda_family::there(d.arguments),
                                .before = cuda_family::there(d.before),
                                .memory = cuda_family::there(d.memory)});
    });
}
void cuda_addressing::write_memory(writing_step<float> const& step) {
    (void)sizes_of(step);
    expect(are_alike(step.after, step.memory), "write: a memory after the step in the shape of the one before");
    on_cuda([&] { cuda::write_memory(device_, there(step)); });
}
void cuda_addressing::write_memory_backward(writing_step<float> const& step, writing_gradients<float> const& d) {
    (void)sizes_of(step);
    check_gradients(step, d);
    on_cuda([&] {
        cuda::write_memory_backward(device_, there(step),
                                    {.memory = cuda_family::there(d.memory),
                                     .arguments = cuda_family::there(d.arguments),
                                     .weights = cuda_family::there(d.weights)});
    });
}
}
