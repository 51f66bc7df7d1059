module;
#include "elements_cpu.hpp"
#include "products_cpu.hpp"
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
module wordmill.nn;
import :bf16;
import :losses_bf16;
import :cpu_operands;
import :products_panels;
import :losses_projection;
import :loss_operations;
import :product_operations;
import wordmill.core;
import wordmill.stream;

namespace wordmill::detail {
namespace pk = product_kernels;
namespace {
constexpr std::size_t columns_at_once = 256;
constexpr std::size_t most_rows = 1024;
constexpr std::size_t most_logits = std::size_t{1} << 23; // logits of the rows processed at once: 32 MB
constexpr std::size_t most_groups = 8;                    // of columns, for d_x
constexpr std::size_t panels_at_once = 8;                 // for right operands that would fill the cache

[[nodiscard]] std::size_t columns_of(projection<float, matrix_view> const& p) {
    return p.form == transposed::yes ? p.weights.rows : p.weights.columns;
}
/// A view of the weights as [D, V], whatever their form.
[[nodiscard]] turned_view of_columns(matrix_view<float const> weights, transposed form) {
    return form == transposed::yes ? turned_view{weights.data, 1, weights.stride}
                                   : turned_view{weights.data, weights.stride, 1};
}
[[nodiscard]] float& logit(cpu_kernels::logit_panels const& all, std::size_t r, std::size_t c) {
    return all.data[c / all.width * all.panel_step + r * all.row_step + c % all.width];
}
[[nodiscard]] turned_view swapped(turned_view v) { return {v.data, v.j_step, v.i_step}; }
}

/// A block of rows of x and the intermediate results for them.
struct projection_arithmetic::block {
    matrix_view<float const> x;
    std::span<token_id const> targets;
    projection<float, matrix_view> to;
    projection<float, matrix_view> gradients; // empty: only the loss
    bool add_weights = false;
    bool add_bias = false;
    float smoothing = 0;
    bool in_rows = false; // logits of a piece are stored in rows, not in panels
    std::size_t width = 0;
    std::size_t columns = 0; // V
    std::size_t pieces = 0;
    float* logits = nullptr;
    float const* bias = nullptr;
    narrow_operand rows{};
    narrow_operand turned{};
    wide_operand wide{};
    float* targets_logits = nullptr;
    float* log_sums = nullptr;
    float* weights = nullptr; // of rows: factor of the gradient
    float* most = nullptr;
    float* sums = nullptr;

    [[nodiscard]] bool learns() const { return gradients.weights.data != nullptr; }
    [[nodiscard]] std::size_t piece_columns() const { return columns_at_once / width * width; }
    [[nodiscard]] std::size_t first(std::size_t piece) const { return piece * piece_columns(); }
    [[nodiscard]] std::size_t size(std::size_t piece) const {
        return std::min(piece_columns(), columns - first(piece));
    }
    [[nodiscard]] std::size_t packed_size() const { return piece_columns() * padded_columns(x.columns); }
    [[nodiscard]] std::size_t panel_step() const { return in_rows ? width : x.rows * width; }
    [[nodiscard]] cpu_kernels::logit_panels panels(float* piece_logits, std::size_t piece) const {
        auto const panels = (size(piece) + width - 1) / width;
        return {piece_logits, x.rows, panels, width, in_rows ? panels * width : width, panel_step()};
    }
};

void projection_arithmetic::shrink_columns(block& b, std::size_t piece, std::size_t member) {
    auto const rows = b.x.rows, d = b.x.columns, first = b.first(piece), size = b.size(piece);
    auto const padded = (size + b.width - 1) / b.width * b.width;
    auto* const logits = b.learns() ? b.logits + first * rows : b.logits + member * b.piece_columns() * rows;
    auto* const maxima = maxima_.take(0) + member * rows * b.width / 2;
    std::fill_n(maxima, rows * b.width / 2, -std::numeric_limits<float>::max());
    auto const panels = b.panels(logits, piece);
    slabs const parts{b.in_rows ? 0 : d};
    if (b.in_rows) {
        half_->logits(member, of_columns(b.to.weights, b.to.form).from(0, first), size, logits, panels.row_step);
        cpu_kernels::add_bias(panels, b.bias + first, maxima);
    }
    for (std::size_t slab = 0; slab < parts.count(); ++slab) {
        auto const k = parts.first(slab), depth = parts.size(slab);
        auto const from = of_columns(b.to.weights, b.to.form).from(k, first);
        auto* const packed = weights_.take(0) + member * b.packed_size();
        pk::pack_wide({from.data, from.i_step, from.j_step}, depth, size, packed, depth * b.width);
        pk::multiply(pk::packed_rows(b.rows.data + k * rows, b.rows.in_panels, rows), rows, packed, depth * b.width,
                     depth, padded,
                     {.data = logits,
                      .row_step = b.width,
                      .panel_step = b.panel_step(),
                      .how = slab > 0 ? pk::put::add : pk::put::store,
                      .start = slab == 0 ? b.bias + first : nullptr,
                      .maxima = slab + 1 == parts.count() ? maxima : nullptr});
    }
    for (std::size_t r = 0; r < rows; ++r) {
        auto const target = static_cast<std::size_t>(index(b.targets[r]));
        if (b.targets[r] != no_token && target >= first && target < first + size)
            b.targets_logits[r] = logit(panels, r, target - first);
    }
    cpu_kernels::shrink(panels, maxima, b.most + piece * rows, b.sums + piece * rows);
}

/// The sum of a row's logits is its product with the sum of the columns of the weights.
void projection_arithmetic::sum_weights(projection<float, matrix_view> const& to, std::size_t depth,
                                        std::size_t columns) {
    auto* const sums = all_columns_.take(depth + 1);
    auto const& w = to.weights;
    constexpr std::size_t at_once = 32; // of the depth
    team_.run((depth + at_once - 1) / at_once, [&](std::size_t task, std::size_t) {
        auto const first = task * at_once, n = std::min(at_once, depth - first);
        std::fill_n(sums + first, n, 0.0F);
        if (to.form == transposed::yes)
            for (std::size_t c = 0; c < columns; ++c) cpu_kernels::add(&w(c, first), 1, sums + first, n);
        else
            for (std::size_t d = first; d < first + n; ++d) sums[d] = cpu_kernels::sum(w.row(d).data(), columns);
    });
    sums[depth] = to.bias.data == nullptr ? 0 : cpu_kernels::sum(to.bias.data, columns);
}

void projection_arithmetic::add_losses(block& b, loss_sum& loss) {
    cpu_kernels::log_sums(b.most, b.sums, b.pieces, b.x.rows, b.x.rows, b.log_sums);
    auto const* const sums = all_columns_.take(0);
    auto const everywhere = static_cast<double>(b.smoothing) / static_cast<double>(b.columns);
    for (std::size_t r = 0; r < b.x.rows; ++r) {
        if (b.targets[r] == no_token) continue;
        auto logit = static_cast<double>(b.targets_logits[r]);
        if (b.smoothing != 0)
            logit =
                (1 - static_cast<double>(b.smoothing)) * logit
                + everywhere
                      * static_cast<double>(cpu_kernels::dot(b.x.row(r).data(), sums, b.x.columns) + sums[b.x.columns]);
        loss += {static_cast<double>(b.log_sums[r]) - logit, 1};
    }
}

void projection_arithmetic::add_weight_gradients(block const& b, std::size_t piece) {
    auto const rows = b.x.rows, d = b.x.columns, first = b.first(piece), size = b.size(piece);
    auto const* const logits = b.logits + first * rows;
    auto const& to = b.gradients.weights;
    slabs const parts{rows};
    for (std::size_t slab = 0; slab < parts.count(); ++slab) {
        auto const k = parts.first(slab), depth = parts.size(slab);
        auto const how = slab > 0 || b.add_weights ? pk::put::add : pk::put::store;
        if (b.to.form == transposed::no) {
            pk::multiply(pk::packed_rows(b.turned.data + k * d, b.turned.in_panels, d), d, logits + k * b.width,
                         b.panel_step(), depth, size, {to.data + first, to.stride, b.width, how});
            continue;
        }
        auto const at_once = panels_at_once / 2 * b.width;
        for (std::size_t from = 0; from < d; from += at_once)
            for (std::size_t c = 0; c < size; c += b.width)
                pk::multiply({logits + c * rows + k * b.width, pk::narrow_form::columns, b.width},
                             std::min(b.width, size - c), b.wide.data + k * b.wide.panels() * b.width + from * depth,
                             depth * b.width, depth, std::min(at_once, d - from),
                             {to.data + (first + c) * to.stride + from, to.stride, b.width, how});
    }
}

void projection_arithmetic::spread_columns(block& b, std::size_t piece, std::size_t member, float* d_x,
                                           std::size_t stride, bool add) {
    auto const rows = b.x.rows, d = b.x.columns, first = b.first(piece), size = b.size(piece);
    auto const padded = (size + b.width - 1) / b.width * b.width;
    auto* const logits = b.logits + first * rows;
    auto* const sums = column_sums_.take(0) + member * b.piece_columns();
    auto* const factors = b.weights + (member + 1) * rows;
    auto const panels = b.panels(logits, piece);
    cpu_kernels::spread(panels, b.most + piece * rows, b.log_sums, b.weights,
                        b.smoothing / static_cast<float>(b.columns), factors, sums);
    for (std::size_t r = 0; r < rows; ++r) {
        auto const target = static_cast<std::size_t>(index(b.targets[r]));
        if (b.targets[r] == no_token || target < first || target >= first + size) continue;
        auto const share = (1 - b.smoothing) * b.weights[r];
        logit(panels, r, target - first) -= share;
        sums[target - first] -= share;
    }
    if (b.gradients.bias.data != nullptr) {
        auto* const to = b.gradients.bias.data + first;
        for (std::size_t c = 0; c < size; ++c) to[c] = b.add_bias ? to[c] + sums[c] : sums[c];
    }
    auto const from = swapped(of_columns(b.to.weights, b.to.form)).from(first, 0);
    if (b.in_rows) {
        auto const& to = b.gradients.weights;
        auto* const d_weights = to.data + first * (b.to.form == transposed::yes ? to.stride : 1);
        return half_->gradients(member, logits, panels.row_step, from, size, {d_weights, to.stride, b.add_weights},
                                {d_x, stride, add});
    }
    add_weight_gradients(b, piece);

    auto* const packed = weights_.take(0) + member * b.packed_size();
    pk::pack_wide({from.data, from.i_step, from.j_step}, size, d, packed, padded * b.width);
    for (std::size_t c = 0; c < d; c += b.width) // columns without weights
        std::fill_n(packed + c * padded + size * b.width, (padded - size) * b.width, 0.0F);
    auto const at_once = panels_at_once * b.width;
    for (std::size_t column = 0; column < d; column += at_once)
        pk::multiply({logits, pk::narrow_form::panels, b.panel_step()}, rows, packed + column * padded,
                     padded * b.width, padded, std::min(at_once, d - column),
                     {d_x + column, stride, b.width, add ? pk::put::add : pk::put::store});
}

void projection_arithmetic::prepare(block& b) {
    auto const rows = b.x.rows, d = b.x.columns, members = team_.members();
    b.width = pk::panel_width();
    b.columns = columns_of(b.to);
    b.pieces = (b.columns + b.piece_columns() - 1) / b.piece_columns();
    auto const padded = padded_columns(b.columns);
    b.logits = logits_.take(checked_product(rows, b.learns() ? padded : members * b.piece_columns()));
    auto* const bias = bias_.take(padded);
    std::fill_n(bias, padded, -std::numeric_limits<float>::max()); // the padding of the columns becomes 0
    if (b.to.bias.data != nullptr)
        std::copy_n(b.to.bias.data, b.columns, bias);
    else
        std::fill_n(bias, b.columns, 0.0F);
    b.bias = bias;
    b.in_rows = half_ && bf16_products::pays(rows, d, b.columns);
    if (b.in_rows) {
        half_->prepare(b.x, {.piece = std::min(b.piece_columns(), b.columns),
                             .last = b.size(b.pieces - 1),
                             .learns = b.learns(),
                             .turned = b.to.form == transposed::yes});
    } else {
        b.rows = pack_narrow({b.x.data, b.x.stride, 1}, rows, d, rows_narrow_.take(rows * d));
        (void)weights_.take(members * b.packed_size());
    }
    (void)maxima_.take(members * rows * b.width / 2);
    auto* const numbers = row_numbers_.take((members + 3) * rows);
    b.targets_logits = numbers;
    b.log_sums = numbers + rows;
    b.weights = numbers + 2 * rows;
    b.most = most_.take(checked_product(2 * b.pieces, rows));
    b.sums = b.most + b.pieces * rows;
    if (!b.learns()) return;
    (void)column_sums_.take(members * b.piece_columns());
    if (b.in_rows) return;
    if (b.to.form == transposed::yes)
        b.wide = pack_wide(team_, {b.x.data, b.x.stride, 1}, rows, d, rows_wide_);
    else
        b.turned = pack_narrow({b.x.data, 1, b.x.stride}, d, rows, turned_narrow_.take(rows * d));
}

void projection_arithmetic::spread_all(block& b, matrix_view<float> d_x) {
    auto const groups = std::min(b.pieces, most_groups), size = d_x.rows * d_x.columns;
    auto const alone = team_.members() == 1; // then one partial sum is enough, added as soon as it is computed
    auto* const partial = partial_.take(checked_product(alone ? 1 : groups, size));
    auto const add_partial = [&](float const* from, std::size_t first, std::size_t last) {
        for (std::size_t r = first; r < last; ++r)
            cpu_kernels::add(from + r * d_x.columns, 1, d_x.row(r).data(), d_x.columns);
    };
    team_.run(groups, [&](std::size_t group, std::size_t member) {
        auto const first = group * b.pieces / groups, last = (group + 1) * b.pieces / groups;
        auto* const to = group == 0 ? d_x.data : partial + (alone ? 0 : group) * size;
        for (auto piece = first; piece < last; ++piece)
            spread_columns(b, piece, member, to, group == 0 ? d_x.stride : d_x.columns, piece > first);
        if (alone && group > 0) add_partial(to, 0, d_x.rows);
    });
    if (alone) return;
    constexpr std::size_t rows_at_once = 64;
    team_.run((d_x.rows + rows_at_once - 1) / rows_at_once, [&](std::size_t part, std::size_t) {
        for (std::size_t group = 1; group < groups; ++group)
            add_partial(partial + group * size, part * rows_at_once, std::min(d_x.rows, (part + 1) * rows_at_once));
    });
}

/// Calls copy(i, r) for the rows r with a target; row r becomes row i.
template <class Copy> void projection_arithmetic::for_kept_rows(Copy const& copy) {
    constexpr std::size_t rows_at_once = 64;
    team_.run((kept_.size() + rows_at_once - 1) / rows_at_once, [&](std::size_t task, std::size_t) {
        for (auto i = task * rows_at_once; i < std::min(kept_.size(), (task + 1) * rows_at_once); ++i)
            copy(i, kept_[i]);
    });
}

loss_sum projection_arithmetic::work_out(matrix_view<float const> x, projection<float, matrix_view> const& to,
                                         std::span<token_id const> targets,
                                         projection_gradients<float, matrix_view> const& gradients) {
    kept_.clear();
    kept_targets_.clear();
    for (std::size_t r = 0; r < targets.size(); ++r) {
        if (targets[r] == no_token) continue;
        kept_.push_back(r);
        kept_targets_.push_back(targets[r]);
    }
    if (kept_.empty() || kept_.size() == targets.size()) return work_out_rows(x, to, targets, gradients);
    auto const d = x.columns;
    auto* const memory = kept_x_.take(checked_product(2 * kept_.size(), d));
    matrix_view<float> const kept{memory, kept_.size(), d, d}, d_kept{memory + kept_.size() * d, kept_.size(), d, d};
    for_kept_rows([&](std::size_t i, std::size_t r) { std::copy_n(x.row(r).data(), d, kept.row(i).data()); });
    auto of_kept = gradients;
    if (gradients.x.data != nullptr) of_kept.x = d_kept;
    auto const loss = work_out_rows(kept, to, kept_targets_, of_kept);
    if (gradients.x.data == nullptr) return loss;
    for (std::size_t r = 0; r < targets.size(); ++r)
        if (targets[r] == no_token) std::fill_n(gradients.x.row(r).data(), d, 0.0F);
    for_kept_rows(
        [&](std::size_t i, std::size_t r) { std::copy_n(d_kept.row(i).data(), d, gradients.x.row(r).data()); });
    return loss;
}

loss_sum projection_arithmetic::work_out_rows(matrix_view<float const> x, projection<float, matrix_view> const& to,
                                              std::span<token_id const> targets,
                                              projection_gradients<float, matrix_view> const& gradients) {
    auto const columns = columns_of(to);
    auto const learns = gradients.x.data != nullptr;
    auto const counted =
        static_cast<std::uint64_t>(std::ranges::count_if(targets, [](auto t) { return t != no_token; }));
    auto const over = gradients.mean_over == 0 ? counted : gradients.mean_over;
    auto const scale = over == 0 ? 0.0F : 1 / static_cast<float>(over);
    auto const least_rows = std::min<std::size_t>(64, x.rows);
    auto const at_once = learns ? std::clamp(most_logits / padded_columns(columns), least_rows, most_rows) : most_rows;
    auto const blocks = (x.rows + at_once - 1) / at_once;
    auto const smoothing = learns ? gradients.smoothing : 0;
    if (smoothing != 0) sum_weights(to, x.columns, columns);
    loss_sum loss;
    for (std::size_t i = 0; i < blocks; ++i) {
        auto const first = i * x.rows / blocks, rows = (i + 1) * x.rows / blocks - first;
        block b;
        b.x = rows_of(x, first, rows);
        b.targets = targets.subspan(first, rows);
        b.to = to;
        if (learns) b.gradients = gradients.to;
        b.smoothing = smoothing;
        b.add_weights = i > 0 || gradients.weights_beta != 0;
        b.add_bias = i > 0 || gradients.bias_beta != 0;
        prepare(b);
        team_.run(b.pieces, [&](std::size_t piece, std::size_t member) { shrink_columns(b, piece, member); });
        add_losses(b, loss);
        if (!learns) continue;
        for (std::size_t r = 0; r < rows; ++r) b.weights[r] = b.targets[r] == no_token ? 0 : scale;
        spread_all(b, rows_of(gradients.x, first, rows));
    }
    if (half_) half_->check();
    return loss;
}
}
