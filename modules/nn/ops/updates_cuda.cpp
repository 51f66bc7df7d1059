module;
#include "wordmill/cuda/nn_updates.hpp"
#include <algorithm>
#include <cstddef>
#include <span>
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

void cuda_updates::sums_of_squares(std::span<const_view const> all, device_span<double> sums) {
    expect(sums.size() == all.size(), "sums_of_squares: a sum for every matrix");
    for (std::size_t first = 0; first < all.size(); first += cuda::most_matrices) {
        auto const some = all.subspan(first, std::min(cuda::most_matrices, all.size() - first));
        cuda::float_input matrices[cuda::most_matrices];
        std::ranges::transform(some, matrices, [](const_view x) { return there(x); });
        on_cuda([&] { cuda::sums_of_squares(device_, {matrices, some.size()}, there(sums).data + first); });
    }
}
void cuda_updates::update_all(update_rule const& rule, std::span<update_target<float> const> all,
                              update_guard const& guard) {
    cuda::update_step const step{.kind = kernel_of(rule.kind),
                                 .rate = static_cast<float>(rule.rate),
                                 .a = static_cast<float>(rule.a),
                                 .b = static_cast<float>(rule.b),
                                 .epsilon = static_cast<float>(rule.epsilon),
                                 .gradient_scale = rule.gradient_scale,
                                 .max_norm = rule.max_norm,
                                 .all_rows = rule.changes_all_rows()};
    cuda::update_numbers const numbers{there(guard.squares),
                                       reinterpret_cast<cuda::summed_loss const*>(there(guard.loss).data)};
    for (auto const& t : all) check_update(rule, t);
    for (std::size_t first = 0; first < all.size(); first += cuda::most_matrices) {
        auto const some = all.subspan(first, std::min(cuda::most_matrices, all.size() - first));
        cuda::update_target targets[cuda::most_matrices];
        std::ranges::transform(some, targets, [](update_target<float> const& t) -> cuda::update_target {
            return {there(t.gradient), there(t.rows), there(t.values), there(t.first), there(t.second)};
        });
        on_cuda([&] { cuda::update(device_, step, {targets, some.size()}, numbers); });
    }
}
}
