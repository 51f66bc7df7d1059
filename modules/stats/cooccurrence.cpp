module;
#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.stats;
import wordmill.core;
import wordmill.stream;
import :cooccurrence;

namespace wordmill {
namespace {
class in_memory final : public cooccurrence_counts::source {
public:
    explicit in_memory(std::vector<cooccurrence> entries) : entries_(std::move(entries)) {}
    [[nodiscard, clang::coro_wrapper]] generator<std::span<cooccurrence const>> entries() const override {
        return blocks(entries_);
    }

private:
    static generator<std::span<cooccurrence const>> blocks(std::span<cooccurrence const> entries) {
        constexpr std::size_t most = 4096;
        for (std::size_t first = 0; first < entries.size(); first += most)
            co_yield entries.subspan(first, std::min(most, entries.size() - first));
    }
    std::vector<cooccurrence> entries_;
};

[[noreturn]] void refuse(std::size_t at, std::string const& expected) {
    throw error(failure::bad_data, "co-occurrence: expected " + expected, {.record = at + 1});
}

std::vector<cooccurrence> checked(std::size_t types, std::vector<cooccurrence> entries) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto const& e = entries[i];
        if (index(e.row) >= types || index(e.column) >= types)
            refuse(i, "ids below " + std::to_string(types) + ", found " + std::to_string(index(e.row)) + " and "
                          + std::to_string(index(e.column)));
        if (e.weight == 0) refuse(i, "a weight above 0");
        if (i > 0 && std::pair(entries[i - 1].row, entries[i - 1].column) >= std::pair(e.row, e.column))
            refuse(i, "pairs in order, each once");
    }
    return entries;
}

generator<std::span<cooccurrence const>> kept_alive(std::shared_ptr<cooccurrence_counts::source const> source) {
    for (auto const block : source->entries()) co_yield block;
}
}

struct cooccurrence_counts::state {
    std::size_t types = 0;
    std::uint64_t unit = 1;
    std::shared_ptr<source const> entries;
    std::mutex mutex{};
    std::optional<cooccurrence_totals> totals{};
};

cooccurrence_counts::cooccurrence_counts() : cooccurrence_counts(0, 1, std::vector<cooccurrence>()) {}

cooccurrence_counts::cooccurrence_counts(std::size_t types, std::uint64_t unit, std::shared_ptr<source const> entries)
    : state_(std::make_shared<state>(types, unit, std::move(entries))) {
    expect(unit > 0, "co-occurrence: a unit is at least 1");
}

cooccurrence_counts::cooccurrence_counts(std::size_t types, std::uint64_t unit, std::vector<cooccurrence> entries)
    : cooccurrence_counts(types, unit, std::make_shared<in_memory>(checked(types, std::move(entries)))) {}

std::size_t cooccurrence_counts::size() const noexcept { return state_->types; }
std::uint64_t cooccurrence_counts::unit() const noexcept { return state_->unit; }
[[clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<std::span<cooccurrence const>>
cooccurrence_counts::entries() const {
    return kept_alive(state_->entries);
}

cooccurrence_totals const& cooccurrence_counts::totals() const {
    std::scoped_lock const lock(state_->mutex);
    if (state_->totals) return *state_->totals;
    cooccurrence_totals sums{.rows = std::vector<std::uint64_t>(size()), .columns = std::vector<std::uint64_t>(size())};
    for (auto const block : entries()) {
        for (auto const& e : block) {
            sums.rows[index(e.row)] += e.weight; // at most `all`
            sums.columns[index(e.column)] += e.weight;
            sums.all = checked_sum(sums.all, e.weight);
        }
        sums.nonzeros += block.size();
    }
    return state_->totals.emplace(std::move(sums));
}
}
