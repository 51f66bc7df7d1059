module;
#include "wordmill/cuda/nn_attention.hpp"
#include "wordmill/cuda/nn_elements.hpp"
#include "wordmill/cuda/nn_products.hpp"
#include <cstddef>
module wordmill.nn;
import :attention_reference;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
void cuda_attention::multiply_lanes(std::size_t lanes, transposed a_form, const_view a, transposed b_form, const_view b,
                                    float scale, float beta, view c) {
    (void)lane_product_of(lanes, a_form, memory_of(a), b_form, memory_of(b), memory_of(c)); // checks the shapes
    on_cuda([&] {
        cuda::multiply_lanes(device_, lanes, {there(a), a_form == transposed::yes},
                             {there(b), b_form == transposed::yes}, scale, beta, there(c));
    });
}
void cuda_attention::masked_softmax(std::size_t lanes, const_view x, number_span lengths, view y) {
    expect(x.rows == y.rows && x.columns == y.columns && lanes > 0 && x.rows % lanes == 0
               && (lengths.empty() || lengths.size() == lanes),
           "masked_softmax: two matrices of one shape, a length of every lane");
    on_cuda([&] { cuda::masked_softmax(device_, there(x), lanes, there(lengths), there(y)); });
}
void cuda_attention::additive_scores(std::size_t lanes, const_view queries, const_view keys, const_view vector,
                                     number_span lengths, view scores) {
    check_scores<float>(lanes, memory_of(queries), memory_of(keys), memory_of(vector), memory_of(lengths),
                        memory_of(scores));
    on_cuda([&] {
        cuda::additive_scores(device_, {lanes, there(queries), there(keys), there(vector), there(lengths)},
                              there(scores));
    });
}
void cuda_attention::additive_scores_backward(std::size_t lanes, const_view queries, const_view keys, const_view vector,
                                              number_span lengths, const_view d_scores, view d_queries, view d_keys,
                                              float beta, view d_vector) {
    check_scores<float>(lanes, memory_of(queries), memory_of(keys), memory_of(vector), memory_of(lengths),
                        memory_of(d_scores));
    expect(d_queries.rows == queries.rows && d_queries.columns == queries.columns && d_keys.rows == keys.rows
               && d_keys.columns == keys.columns && d_vector.rows == 1 && d_vector.columns == vector.columns,
           "additive scores: gradients in the shapes of what they belong to");
    on_cuda([&] {
        cuda::additive_scores_backward(device_, {lanes, there(queries), there(keys), there(vector), there(lengths)},
                                       there(d_scores), there(d_queries), there(d_keys), beta, there(d_vector));
    });
}
}
