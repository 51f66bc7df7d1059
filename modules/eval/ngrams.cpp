module;
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>
module wordmill.eval;
import :ngrams;

namespace wordmill::detail {
ngram_counter::ngram_counter(std::vector<std::vector<std::uint32_t>> sequences)
    : sequences_(std::move(sequences)), numbers_(sequences_.size()), counts_(sequences_.size()) {
    for (std::size_t s = 0; s < sequences_.size(); ++s) numbers_[s].assign(sequences_[s].size(), 0);
}

std::uint64_t ngram_counter::total(std::size_t sequence) const {
    auto const length = sequences_[sequence].size();
    return length < order_ ? 0 : length - order_ + 1;
}

// An n-gram is the (n - 1)-gram that begins at the same position and one more token.
void ngram_counter::count_next_order() {
    ++order_;
    std::unordered_map<std::uint64_t, std::uint32_t> number_of;
    for (std::size_t s = 0; s < sequences_.size(); ++s) {
        auto& numbers = numbers_[s];
        numbers.resize(total(s));
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            auto const key = std::uint64_t{numbers[i]} << 32 | sequences_[s][i + order_ - 1];
            numbers[i] = number_of.try_emplace(key, static_cast<std::uint32_t>(number_of.size())).first->second;
        }
    }
    for (std::size_t s = 0; s < sequences_.size(); ++s) {
        counts_[s].assign(number_of.size(), 0);
        for (auto const number : numbers_[s]) ++counts_[s][number];
    }
}
}
