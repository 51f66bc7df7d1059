module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.training;
import :minibatches;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.stream;

namespace wordmill {
namespace {
[[noreturn]] void refuse(std::string const& expected, std::size_t found) {
    throw error(failure::usage, "minibatches: expected " + expected + ", found " + std::to_string(found));
}

generator<minibatch> batches_of(shuffled_rows how, std::uint64_t epoch, std::size_t first) {
    std::vector<row_number> order(how.rows);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = row_at(i);
    auto rng = how.key.fold_in(epoch).engine();
    for (std::size_t left = order.size(); left > 1; --left) std::swap(order[left - 1], order[rng.below(left)]);
    minibatch batch;
    auto const count = how.batches();
    for (auto i = first; i < count; ++i) {
        auto const rows = std::span(order).subspan(i * how.batch_size);
        batch.rows.assign(rows.begin(),
                          rows.begin() + static_cast<std::ptrdiff_t>(std::min(how.batch_size, rows.size())));
        batch.start = {.block = i, .state = epoch};
        batch.next = i + 1 < count ? position{.block = i + 1, .state = epoch} : position{.state = epoch + 1};
        co_yield std::move(batch);
    }
}
}

std::size_t shuffled_rows::batches() const noexcept {
    return rows / batch_size + (!drop_remainder && rows % batch_size != 0 ? 1 : 0);
}
std::size_t shuffled_rows::dropped() const noexcept { return drop_remainder ? rows % batch_size : 0; }

[[clang::coro_wrapper]] generator<minibatch> shuffled_rows::operator()(std::uint64_t epoch, position from) const {
    if (batch_size == 0) refuse("a batch size of 1 or more", 0);
    if (rows == 0 || rows >= index(no_token)) refuse("1 to 2^32 - 2 rows", rows);
    if (batches() == 0) refuse("rows for a batch of " + std::to_string(batch_size), rows);
    return batches_of(*this, epoch, from.block);
}

labelled_rows::labelled_rows(std::shared_ptr<operations<float>> ops, std::span<float const> inputs, std::size_t columns,
                             std::span<token_id const> classes)
    : ops_(std::move(ops)),
      inputs_(ops_),
      classes_(classes.begin(), classes.end()),
      batch_inputs_(ops_),
      batch_rows_(ops_->queue()) {
    if (auto const wanted = checked_product(classes.size(), columns); inputs.size() != wanted)
        refuse(std::to_string(wanted) + " inputs, " + std::to_string(columns) + " for each of "
                   + std::to_string(classes.size()) + " classes",
               inputs.size());
    (void)inputs_.resize(classes.size(), columns);
    inputs_.assign(inputs);
}

labelled_rows::batch labelled_rows::at(std::span<row_number const> rows) {
    batch_targets_.clear();
    auto& gathered = batch_rows_.host();
    gathered.clear();
    for (auto const row : rows) {
        if (index(row) >= classes_.size()) refuse("rows below " + std::to_string(classes_.size()), index(row));
        batch_targets_.push_back(classes_[index(row)]);
        gathered.push_back(id_at(index(row))); // the ids that `gather` takes number rows of any table
    }
    auto const inputs = batch_inputs_.resize(rows.size(), inputs_.columns());
    ops_->gather(inputs_.view(), batch_rows_.upload(), inputs);
    return {inputs, batch_targets_};
}

std::vector<token_id> largest_columns(operations<float>& ops, device_view<float const> scores) {
    auto const values = on_host(ops, scores);
    std::vector<token_id> largest;
    for (std::size_t r = 0; r < scores.rows && scores.columns > 0; ++r) {
        auto const row = std::span(values).subspan(r * scores.columns, scores.columns);
        largest.push_back(id_at(static_cast<std::size_t>(std::ranges::max_element(row) - row.begin())));
    }
    return largest;
}
}
