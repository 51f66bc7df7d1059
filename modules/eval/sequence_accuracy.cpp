module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.eval;
import :score_tokens;
import :sequence_accuracy;
import wordmill.core;

namespace wordmill {
namespace {
struct agreement {
    std::uint64_t correct = 0;
    std::uint64_t positions = 0;
    [[nodiscard]] double share() const {
        return positions == 0 ? 1 : static_cast<double>(correct) / static_cast<double>(positions);
    }
};

template <class Tokens> agreement compare(Tokens const& hypothesis, Tokens const& reference) {
    agreement found{.positions = std::max(hypothesis.size(), reference.size())};
    for (std::size_t i = 0; i < std::min(hypothesis.size(), reference.size()); ++i)
        found.correct += hypothesis[i] == reference[i] ? 1 : 0;
    return found;
}

template <class Tokens> agreement best_of(Tokens const& hypothesis, std::vector<Tokens> const& references) {
    std::optional<agreement> best;
    for (auto const& reference : references)
        if (auto const found = compare(hypothesis, reference); !best || found.share() > best->share()) best = found;
    return *best;
}

std::optional<double> ratio(std::uint64_t part, std::uint64_t all) {
    if (all == 0) return std::nullopt;
    return static_cast<double>(part) / static_cast<double>(all);
}
}

void sequence_accuracy::add(std::string_view hypothesis, std::span<std::string const> references) {
    expect(!references.empty(), "accuracy: a reference is needed");
    std::vector<std::vector<std::string_view>> tokens;
    for (auto const& reference : references) tokens.push_back(detail::split_words(reference));
    auto const [correct, positions] = best_of(detail::split_words(hypothesis), tokens);
    ++sequences_;
    matches_ += std::ranges::find(references, hypothesis) != references.end() ? 1 : 0;
    correct_ += correct;
    tokens_ += positions;
}

void sequence_accuracy::add(std::string_view hypothesis, std::string_view reference) {
    add(hypothesis, std::array{std::string(reference)});
}

void sequence_accuracy::add(token_list const& hypothesis, std::span<token_list const> references) {
    expect(!references.empty(), "accuracy: a reference is needed");
    auto const [correct, positions] = best_of(hypothesis, {references.begin(), references.end()});
    ++sequences_;
    matches_ += correct == positions ? 1 : 0;
    correct_ += correct;
    tokens_ += positions;
}

std::optional<double> sequence_accuracy::exact_match() const noexcept { return ratio(matches_, sequences_); }
std::optional<double> sequence_accuracy::token_accuracy() const noexcept { return ratio(correct_, tokens_); }
}
