module;
#include "wordmill/cuda/nn_updates.hpp"
#include <cstddef>
module wordmill.nn;
import :cuda;
import :operations;
import wordmill.compute;
import wordmill.core;

namespace wordmill::detail {
namespace {
[[nodiscard]] cuda::optimizer_kind kernel_of(optimizer_kind kind) {
    switch (kind) {
    case optimizer_kind::sgd: return cuda::optimizer_kind::sgd;
    case optimizer_kind::momentum: return cuda::optimizer_kind::momentum;
    case optimizer_kind::nesterov: return cuda::optimizer_kind::nesterov;
    case optimizer_kind::adagrad: return cuda::optimizer_kind::adagrad;
    case optimizer_kind::rmsprop: return cuda::optimizer_kind::rmsprop;
    case optimizer_kind::adam: break;
    }
    return cuda::optimizer_kind::adam;
}
}

void cuda_updates::sum_of_squares(const_view x, device_span<double> sum) {
    expect(sum.size() == 1, "sum_of_squares: one sum");
    on_cuda([&] { cuda::sum_of_squares(device_, there(x), there(sum).data); });
}
void cuda_updates::update(update_rule const& rule, const_view g, id_span rows, view values, view first, view second,
                          update_guard const& guard) {
    expect(g.columns == values.columns && (rows.empty() ? g.rows == values.rows : rows.size() == g.rows),
           "update: a row of values for every row of the gradient");
    cuda::update_step const step{.kind = kernel_of(rule.kind),
                                 .rate = static_cast<float>(rule.rate),
                                 .a = static_cast<float>(rule.a),
                                 .b = static_cast<float>(rule.b),
                                 .epsilon = static_cast<float>(rule.epsilon),
                                 .gradient_scale = rule.gradient_scale,
                                 .max_norm = rule.max_norm};
    on_cuda([&] {
        cuda::update(device_, step, there(g), {there(rows), there(values), there(first), there(second)},
                     {there(guard.squares), reinterpret_cast<cuda::summed_loss const*>(there(guard.loss).data)});
    });
}
}
