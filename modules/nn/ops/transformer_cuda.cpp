module;
#include "wordmill/cuda/nn_transformer.hpp"
#include <cstddef>
module wordmill.nn;
import :cuda;
import :operations;
import :transformer_operations;
import :transformer_reference;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
static_assert(cuda::largest_head == largest_head);

cuda::normalization cuda_transformer::there(normalization<float> const& n) noexcept {
    return {cuda_family::there(n.x), cuda_family::there(n.gain), cuda_family::there(n.statistics)};
}
cuda::multi_head_pass cuda_transformer::there(multi_head_pass<float> const& p) noexcept {
    return {.lanes = p.lanes,
            .heads = p.heads,
            .queries = cuda_family::there(p.queries),
            .keys = cuda_family::there(p.keys),
            .values = cuda_family::there(p.values),
            .lengths = cuda_family::there(p.lengths),
            .causal = p.causal,
            .offset = p.offset,
            .outputs = cuda_family::there(p.outputs),
            .log_sums = cuda_family::there(p.log_sums)};
}

void cuda_transformer::normalize(normalization<float> const& of, const_view bias, view y) {
    check_normalization(of, bias, y);
    on_cuda([&] {
        cuda::normalize(device_, there(of), static_cast<float>(norm_epsilon), cuda_family::there(bias),
                        cuda_family::there(y));
    });
}
void cuda_transformer::normalize_backward(normalization<float> const& of,
                                          normalization_gradients<float> const& gradients) {
    check_gradients(of, gradients);
    on_cuda([&] {
        cuda::normalize_backward(device_, there(of),
                                 {.y = cuda_family::there(gradients.y),
                                  .x = cuda_family::there(gradients.x),
                                  .gain = cuda_family::there(gradients.gain),
                                  .bias = cuda_family::there(gradients.bias),
                                  .beta = gradients.beta});
    });
}
void cuda_transformer::multi_head_forward(multi_head_pass<float> const& pass) {
    check_pass(pass);
    on_cuda([&] { cuda::multi_head_forward(device_, there(pass)); });
}
void cuda_transformer::multi_head_backward(multi_head_pass<float> const& pass,
                                           multi_head_gradients<float> const& gradients) {
    check_pass(pass);
    check_gradients(pass, gradients);
    on_cuda([&] {
        cuda::multi_head_backward(device_, there(pass),
                                  {.outputs = cuda_family::there(gradients.outputs),
                                   .queries = cuda_family::there(gradients.queries),
                                   .keys = cuda_family::there(gradients.keys),
                                   .values = cuda_family::there(gradients.values)});
    });
}
void cuda_transformer::multi_head_weights(multi_head_pass<float> const& pass, std::size_t head, view weights) {
    check_pass(pass);
    check_weights(pass, head, weights);
    on_cuda([&] { cuda::multi_head_weights(device_, there(pass), head, cuda_family::there(weights)); });
}
void cuda_transformer::rotate(rotation const& by, std::size_t lanes, std::size_t heads, view x) {
    check_rotation(lanes, heads, x.rows, x.columns);
    on_cuda([&] { cuda::rotate(device_, {by.first, by.step}, lanes, heads, cuda_family::there(x)); });
}
}
