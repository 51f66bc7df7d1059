module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.eval;
import :bleu;
import :ngrams;
import :score_tokens;
import wordmill.core;

namespace wordmill {
namespace {
using words = std::vector<std::string_view>;

/// The text that the tokens of `tokens_of` are views into.
std::string prepared(std::string_view bytes, bleu_options const& options) {
    auto const text = detail::whole(bytes, options.lower_case);
    auto const line = detail::without_trailing_space(text);
    return options.tokenizer == bleu_tokenizer::v13a ? detail::separated_13a(line) : std::string(line);
}
words tokens_of(std::string_view text, bleu_options const& options) {
    return options.tokenizer == bleu_tokenizer::characters ? detail::split_characters(text) : detail::split_words(text);
}

std::uint64_t closest_length(std::uint64_t length, std::span<words const> references) {
    std::uint64_t closest = references[0].size();
    auto const distance = [length](std::uint64_t other) { return other > length ? other - length : length - other; };
    for (auto const& reference : references)
        if (auto const d = distance(reference.size()), least = distance(closest);
            d < least || (d == least && reference.size() < closest))
            closest = reference.size();
    return closest;
}

bleu_score scored(bleu_score sums, bool effective_order) {
    if (sums.hypothesis_length < sums.reference_length)
        sums.brevity_penalty =
            sums.hypothesis_length == 0
                ? 0
                : std::exp(1
                           - static_cast<double>(sums.reference_length) / static_cast<double>(sums.hypothesis_length));
    if (std::ranges::all_of(sums.correct, [](auto n) { return n == 0; })) return sums;
    double logarithms = 0, smoothing = 1;
    std::size_t orders = 0;
    for (std::size_t n = 0; n < sums.total.size() && sums.total[n] > 0; ++n) {
        auto const total = static_cast<double>(sums.total[n]);
        if (sums.correct[n] == 0) smoothing *= 2;
        sums.precisions[n] =
            sums.correct[n] == 0 ? 100 / (smoothing * total) : 100 * static_cast<double>(sums.correct[n]) / total;
        logarithms += std::log(sums.precisions[n]);
        ++orders;
    }
    if (orders == sums.total.size() || effective_order)
        sums.score = sums.brevity_penalty * std::exp(logarithms / static_cast<double>(orders));
    return sums;
}
}

void bleu::add(std::vector<std::vector<std::string_view>> const& tokens) {
    auto const references = tokens.size() - 1;
    references_ = sentences_ == 0 || references_ == references ? references : 0;
    ++sentences_;
    sums_.hypothesis_length += tokens[0].size();
    sums_.reference_length += closest_length(tokens[0].size(), std::span(tokens).subspan(1));
    detail::word_numbers numbers;
    std::vector<std::vector<std::uint32_t>> sequences;
    for (auto const& sequence : tokens) sequences.push_back(numbers(sequence));
    detail::ngram_counter ngrams(std::move(sequences));
    for (std::size_t n = 0; n < sums_.total.size(); ++n) {
        ngrams.count_next_order();
        sums_.total[n] += ngrams.total(0);
        auto const& counts = ngrams.counts(0);
        for (std::size_t i = 0; i < counts.size(); ++i) {
            std::uint32_t most = 0;
            for (std::size_t r = 1; r <= references; ++r) most = std::max(most, ngrams.counts(r)[i]);
            sums_.correct[n] += std::min(counts[i], most);
        }
    }
}

void bleu::add(std::string_view hypothesis, std::span<std::string const> references) {
    expect(!references.empty(), "bleu: a reference is needed");
    std::vector<std::string> texts{prepared(hypothesis, options_)};
    for (auto const& reference : references) texts.push_back(prepared(reference, options_));
    std::vector<words> tokens;
    for (auto const& text : texts) tokens.push_back(tokens_of(text, options_));
    add(tokens);
}

void bleu::add(std::string_view hypothesis, std::string_view reference) {
    add(hypothesis, std::array{std::string(reference)});
}

void bleu::add(token_list const& hypothesis, std::span<token_list const> references) {
    expect(!references.empty(), "bleu: a reference is needed");
    std::vector<words> tokens{{hypothesis.begin(), hypothesis.end()}};
    for (auto const& reference : references) tokens.emplace_back(reference.begin(), reference.end());
    add(tokens);
}

bleu_score bleu::score() const { return scored(sums_, false); }

std::string bleu::signature() const {
    auto const tokenizer = options_.tokenizer == bleu_tokenizer::v13a   ? "13a"
                           : options_.tokenizer == bleu_tokenizer::none ? "none"
                                                                        : "char";
    return "nrefs:" + (references_ == 0 ? "var" : std::to_string(references_))
           + (options_.lower_case ? "|case:lc" : "|case:mixed") + "|eff:no|tok:" + tokenizer + "|smooth:exp";
}

bleu_score sentence_bleu(std::string_view hypothesis, std::span<std::string const> references,
                         bleu_options const& options) {
    bleu one(options);
    one.add(hypothesis, references);
    return scored(one.sums_, true);
}
}
