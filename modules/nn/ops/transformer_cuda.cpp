module;
#include <cstddef>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
namespace {
[[noreturn]] void refuse() { throw error(failure::unavailable, "Transformers on a GPU: there are no kernels yet"); }
}
void cuda_transformer::normalize(normalization<float> const&, const_view, view) { refuse(); }
void cuda_transformer::normalize_backward(normalization<float> const&, normalization_gradients<float> const&) {
    refuse();
}
void cuda_transformer::multi_head_forward(multi_head_pass<float> const&) { refuse(); }
void cuda_transformer::multi_head_backward(multi_head_pass<float> const&, multi_head_gradients<float> const&) {
    refuse();
}
void cuda_transformer::multi_head_weights(multi_head_pass<float> const&, std::size_t, view) { refuse(); }
void cuda_transformer::rotate(rotation const&, std::size_t, std::size_t, view) { refuse(); }
}
