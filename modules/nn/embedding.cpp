module;
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>
module wordmill.nn;
import wordmill.compute;
import wordmill.core;
import :embedding;
import :operations;
import :parameters;
import :shapes;

namespace wordmill {
template <class T> embedding<T>::embedding(parameter<T>& table)
    : table_(&table), ids_(table.ops()->queue()), y_(table.ops()) {}

template <class T> device_view<T const> embedding<T>::forward(std::span<token_id const> ids) {
    check_ids({"embedding", table_->name()}, ids, table_->rows());
    auto const y = y_.resize(ids.size(), table_->columns());
    table_->ops()->gather(table_->values(), ids_.assign(ids), y);
    return y;
}

template <class T> void embedding<T>::backward(device_view<T const> d_y) {
    check_shape({"embedding", table_->name(), "gradient"}, d_y, y_.rows(), y_.columns());
    table_->add_rows(d_y, ids_.host());
}

template <class T> embedding_dot<T>::embedding_dot(parameter<T>& table)
    : table_(&table),
      ids_(table.ops()->queue()),
      rows_(table.ops()),
      y_(table.ops()),
      d_rows_(table.ops()),
      d_h_(table.ops()) {}

template <class T>
device_view<T const> embedding_dot<T>::forward(device_view<T const> h, std::span<token_id const> ids) {
    check_shape({"embedding dot", table_->name()}, h, h.rows, table_->columns());
    auto const each = h.rows == 0 ? 0 : ids.size() / h.rows;
    check_size({"embedding dot", table_->name(), "ids"}, ids.size(), each * h.rows);
    check_ids({"embedding dot", table_->name()}, ids, table_->rows());
    h_ = h;
    auto& ops = *table_->ops();
    auto const rows = rows_.resize(ids.size(), h.columns);
    ops.gather(table_->values(), ids_.assign(ids), rows);
    auto const y = y_.resize(h.rows, each);
    ops.dot_rows(rows, h, y);
    return y;
}

template <class T> device_view<T const> embedding_dot<T>::backward(device_view<T const> d_y) {
    check_shape({"embedding dot", table_->name(), "gradient"}, d_y, y_.rows(), y_.columns());
    auto const d_rows = d_rows_.resize(rows_.rows(), rows_.columns());
    auto const d_h = d_h_.resize(h_.rows, h_.columns);
    table_->ops()->dot_rows_backward(d_y, rows_.view(), h_, d_rows, d_h);
    table_->add_rows(d_rows, ids_.host());
    return d_h;
}

template <class T> negative_sampling_loss<T>::negative_sampling_loss(parameter<T>& table)
    : dot_(table), table_(&table), labels_(table.ops()->queue()), loss_(table.ops()->queue()), d_scores_(table.ops()) {}

template <class T> deferred<loss_sum> negative_sampling_loss<T>::forward(device_view<T const> h,
                                                                         std::span<token_id const> positives,
                                                                         std::span<token_id const> negatives) {
    check_size({"negative sampling", {}, "positives"}, positives.size(), h.rows);
    auto const each = h.rows == 0 ? 0 : negatives.size() / h.rows;
    check_size({"negative sampling", {}, "negatives"}, negatives.size(), each * h.rows);
    ids_.clear();
    auto& labels = labels_.host();
    labels.clear();
    for (std::size_t n = 0; n < h.rows; ++n) {
        ids_.push_back(positives[n]);
        labels.push_back(1);
        auto const others = negatives.subspan(n * each, each);
        ids_.insert(ids_.end(), others.begin(), others.end());
        labels.insert(labels.end(), each, 0);
    }
    auto const scores = dot_.forward(h, ids_);
    auto const scale = h.rows == 0 ? T(0) : T(1) / static_cast<T>(h.rows);
    loss_.set({0, h.rows});
    table_->ops()->sigmoid_loss(scores, labels_.upload(), scale, d_scores_.resize(scores.rows, scores.columns),
                                {loss_.target(), false});
    return loss_;
}

template <class T> device_view<T const> negative_sampling_loss<T>::backward() {
    return dot_.backward(d_scores_.view());
}

template class embedding<float>;
template class embedding<double>;
template class embedding_dot<float>;
template class embedding_dot<double>;
template class negative_sampling_loss<float>;
template class negative_sampling_loss<double>;
}
