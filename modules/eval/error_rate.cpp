module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.eval;
import :error_rate;
import :score_tokens;
import wordmill.core;

namespace wordmill {
namespace {
using ids = std::span<std::uint32_t const>;
using words = std::vector<std::string_view>;

/// Edits of the beginnings of two sequences; matches follow from the lengths.
struct path {
    std::uint64_t substitutions = 0, insertions = 0, deletions = 0;
    [[nodiscard]] std::uint64_t edits() const { return substitutions + insertions + deletions; }
};

/// Wagner and Fischer (1974), one row at a time. The diagonal wins ties.
edit_counts aligned(ids hypothesis, ids reference) {
    auto const [h, r] = std::ranges::mismatch(hypothesis, reference);
    auto const begin = static_cast<std::size_t>(h - hypothesis.begin());
    hypothesis = hypothesis.subspan(begin);
    reference = reference.subspan(begin);
    std::size_t common = begin;
    while (!hypothesis.empty() && !reference.empty() && hypothesis.back() == reference.back()) {
        hypothesis = hypothesis.first(hypothesis.size() - 1);
        reference = reference.first(reference.size() - 1);
        ++common;
    }
    std::vector<path> row(hypothesis.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j].insertions = j;
    for (auto const token : reference) {
        auto diagonal = row[0];
        ++row[0].deletions;
        for (std::size_t j = 1; j < row.size(); ++j) {
            auto const above = std::exchange(row[j], diagonal);
            if (hypothesis[j - 1] != token) {
                ++row[j].substitutions;
                if (row[j - 1].edits() + 1 < row[j].edits()) {
                    row[j] = row[j - 1];
                    ++row[j].insertions;
                }
                if (above.edits() + 1 < row[j].edits()) {
                    row[j] = above;
                    ++row[j].deletions;
                }
            }
            diagonal = above;
        }
    }
    auto const& last = row.back();
    return {.matches = common + reference.size() - last.substitutions - last.deletions,
            .substitutions = last.substitutions,
            .insertions = last.insertions,
            .deletions = last.deletions};
}

edit_counts fewest_edits(words const& hypothesis, std::vector<words> const& references) {
    expect(!references.empty(), "error rate: a reference is needed");
    detail::word_numbers numbers;
    auto const ids_of_hypothesis = numbers(hypothesis);
    std::optional<edit_counts> fewest;
    for (auto const& reference : references)
        if (auto const found = aligned(ids_of_hypothesis, numbers(reference));
            !fewest || found.edits() < fewest->edits())
            fewest = found;
    return *fewest;
}
}

edit_counts count_edits(token_list const& hypothesis, token_list const& reference) {
    return fewest_edits({hypothesis.begin(), hypothesis.end()}, {{reference.begin(), reference.end()}});
}

void error_rate::add(edit_counts const& found) {
    edits_.matches += found.matches;
    edits_.substitutions += found.substitutions;
    edits_.insertions += found.insertions;
    edits_.deletions += found.deletions;
    ++sequences_;
    if (found.edits() > 0) ++wrong_;
}

void error_rate::add(token_list const& hypothesis, std::span<token_list const> references) {
    std::vector<words> others;
    for (auto const& reference : references) others.emplace_back(reference.begin(), reference.end());
    add(fewest_edits({hypothesis.begin(), hypothesis.end()}, others));
}

void error_rate::add(std::string_view hypothesis, std::span<std::string const> references) {
    std::vector<std::string> texts{detail::whole(hypothesis, false)};
    for (auto const& reference : references) texts.push_back(detail::whole(reference, false));
    auto const split = unit_ == error_unit::word ? detail::split_words : detail::split_characters;
    std::vector<words> others;
    for (std::size_t r = 1; r < texts.size(); ++r) others.push_back(split(texts[r]));
    add(fewest_edits(split(texts[0]), others));
}

void error_rate::add(std::string_view hypothesis, std::string_view reference) {
    add(hypothesis, std::array{std::string(reference)});
}

std::optional<double> error_rate::rate() const noexcept {
    if (edits_.reference_length() == 0) return std::nullopt;
    return static_cast<double>(edits_.edits()) / static_cast<double>(edits_.reference_length());
}
std::optional<double> error_rate::sequence_rate() const noexcept {
    if (sequences_ == 0) return std::nullopt;
    return static_cast<double>(wrong_) / static_cast<double>(sequences_);
}
}
