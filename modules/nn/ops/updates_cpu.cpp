module;
#include "elements_cpu.hpp"
#include <algorithm>
#include <cstddef>
#include <vector>
module wordmill.nn;
import :cpu;
import :operation_code;
import :update_operations;
import wordmill.core;

namespace wordmill::detail {
double cpu_updates::sum_of_squares(const_mat x) {
    // The parts depend only on the shape, like the tasks of for_pieces and for_rows.
    if (cpu_shared::whole(x)) {
        shared_.row_sums.assign((x.rows * x.columns + cpu_shared::values_at_once - 1) / cpu_shared::values_at_once, 0);
        shared_.for_pieces(x, true, [&](std::size_t, std::size_t c, std::size_t n) {
            shared_.row_sums[c / cpu_shared::values_at_once] = cpu_kernels::sum_of_squares(x.data + c, n);
        });
    } else {
        shared_.row_sums.assign(x.rows, 0);
        shared_.for_rows(
            x, [&](std::size_t r) { shared_.row_sums[r] = cpu_kernels::sum_of_squares(x.row(r).data(), x.columns); });
    }
    double sum = 0;
    for (auto const part : shared_.row_sums) sum += part;
    return sum;
}

void cpu_updates::update(update_rule const& rule, double factor, const_mat g, ids rows, mat values, mat first,
                         mat second) {
    cpu_kernels::update* kernel = cpu_kernels::sgd;
    auto const moments = static_cast<int>(moments_of(rule.kind));
    switch (rule.kind) {
    case optimizer_kind::sgd: break;
    case optimizer_kind::momentum: kernel = cpu_kernels::momentum; break;
    case optimizer_kind::nesterov: kernel = cpu_kernels::nesterov; break;
    case optimizer_kind::adagrad: kernel = cpu_kernels::adagrad; break;
    case optimizer_kind::rmsprop: kernel = cpu_kernels::rmsprop; break;
    case optimizer_kind::adam: kernel = cpu_kernels::adam; break;
    }
    cpu_kernels::update_numbers const how{static_cast<float>(rule.rate), static_cast<float>(rule.a),
                                          static_cast<float>(rule.b), static_cast<float>(rule.epsilon),
                                          static_cast<float>(factor)};
    auto const at = [&](mat m, int moment, std::size_t r, std::size_t c) {
        return moments < moment ? nullptr : m.data + r * m.stride + c;
    };
    auto const change = [&](float const* by, std::size_t r, std::size_t c, std::size_t n) {
        kernel(how, by, values.data + r * values.stride + c, at(first, 1, r, c), at(second, 2, r, c), n);
    };
    if (!rows.empty()) {
        expect(index(rows.back()) < values.rows, "a row number is one of the table's");
        if (!rule.changes_all_rows())
            return shared_.for_rows(g, [&](std::size_t i) { change(g.row(i).data(), index(rows[i]), 0, g.columns); });
        zeros_.assign(g.columns, 0);
        return shared_.for_rows(values, [&](std::size_t r) {
            auto const i = static_cast<std::size_t>(std::ranges::lower_bound(rows, id_at(r)) - rows.begin());
            change(i < rows.size() && index(rows[i]) == r ? g.row(i).data() : zeros_.data(), r, 0, g.columns);
        });
    }
    auto const without_gaps = cpu_shared::whole(g, values) && (moments < 1 || cpu_shared::whole(first))
                              && (moments < 2 || cpu_shared::whole(second));
    shared_.for_pieces(g, without_gaps, [&](std::size_t r, std::size_t c, std::size_t n) {
        change(g.data + r * g.stride + c, r, c, n);
    });
}
}
