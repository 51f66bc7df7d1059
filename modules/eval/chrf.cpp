module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.eval;
import :chrf;
import :ngrams;
import :score_tokens;
import wordmill.core;
import wordmill.text;

namespace wordmill {
namespace {
using words = std::vector<std::string_view>;

bool punctuation(char c) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/// Words with one mark of punctuation cut off, from the end rather than the beginning.
words without_punctuation(std::string_view text) {
    words parts;
    for (auto const word : detail::split_words(text)) {
        auto const one_character = character_length(word, 0) == word.size();
        if (!one_character && punctuation(word.back())) {
            parts.push_back(word.substr(0, word.size() - 1));
            parts.push_back(word.substr(word.size() - 1));
        } else if (!one_character && punctuation(word.front())) {
            parts.push_back(word.substr(0, 1));
            parts.push_back(word.substr(1));
        } else {
            parts.push_back(word);
        }
    }
    return parts;
}

/// The n-grams of all texts, up to `order`, given to `take` order after order.
template <class Split, class Take>
void count_ngrams(std::span<std::string const> texts, std::size_t order, Split split, Take take) {
    if (order == 0) return;
    detail::word_numbers numbers;
    std::vector<std::vector<std::uint32_t>> sequences;
    for (auto const& text : texts) sequences.push_back(numbers(split(text)));
    detail::ngram_counter ngrams(std::move(sequences));
    for (std::size_t n = 0; n < order; ++n) {
        ngrams.count_next_order();
        take(ngrams);
    }
}
}

chrf::chrf(chrf_options options) : options_(options) {
    if (options.character_order + options.word_order == 0)
        throw error(failure::usage, "chrF: expected n-grams of characters or words, found order 0 of both");
    if (!(options.beta > 0) || !std::isfinite(options.beta))
        throw error(failure::usage, "chrF: expected a beta above 0, found " + format_short(options.beta));
    sums_.resize(options.character_order + options.word_order);
}

double chrf::score(std::vector<counts> const& by_order) const {
    double precision = 0, recall = 0;
    std::size_t orders = 0;
    for (auto const& [hypothesis, reference, match] : by_order) {
        if (hypothesis == 0 || reference == 0) continue;
        precision += static_cast<double>(match) / static_cast<double>(hypothesis);
        recall += static_cast<double>(match) / static_cast<double>(reference);
        ++orders;
    }
    if (!(precision + recall > 0)) return 0;
    precision /= static_cast<double>(orders);
    recall /= static_cast<double>(orders);
    auto const factor = options_.beta * options_.beta;
    // In sacreBLEU's order of operations: rounding decides which of two references is the better one.
    return 100 * ((1 + factor) * precision * recall / (factor * precision + recall));
}

void chrf::add(std::string_view hypothesis, std::span<std::string const> references) {
    expect(!references.empty(), "chrF: a reference is needed");
    references_ = sentences_ == 0 || references_ == references.size() ? references.size() : 0;
    ++sentences_;
    std::vector<std::string> texts{detail::whole(hypothesis, options_.lower_case)};
    for (auto const& reference : references) texts.push_back(detail::whole(reference, options_.lower_case));
    std::vector<std::vector<counts>> of_reference(references.size());
    auto const take = [&](detail::ngram_counter const& ngrams) {
        for (std::size_t r = 0; r < references.size(); ++r) {
            auto const &h = ngrams.counts(0), &other = ngrams.counts(r + 1);
            std::uint64_t match = 0;
            for (std::size_t i = 0; i < h.size(); ++i) match += std::min(h[i], other[i]);
            auto const total = ngrams.total(r + 1);
            of_reference[r].push_back({total == 0 ? 0 : ngrams.total(0), total, match});
        }
    };
    count_ngrams(texts, options_.character_order, detail::split_characters, take);
    count_ngrams(texts, options_.word_order, without_punctuation, take);
    auto const best = std::ranges::max_element(of_reference, {}, [&](auto const& c) { return score(c); });
    for (std::size_t n = 0; n < sums_.size(); ++n) {
        sums_[n].hypothesis += (*best)[n].hypothesis;
        sums_[n].reference += (*best)[n].reference;
        sums_[n].match += (*best)[n].match;
    }
}

void chrf::add(std::string_view hypothesis, std::string_view reference) {
    add(hypothesis, std::array{std::string(reference)});
}

double chrf::score() const { return score(sums_); }

std::string chrf::signature() const {
    return "nrefs:" + (references_ == 0 ? "var" : std::to_string(references_))
           + (options_.lower_case ? "|case:lc" : "|case:mixed") + "|eff:yes|nc:"
           + std::to_string(options_.character_order) + "|nw:" + std::to_string(options_.word_order) + "|space:no";
}

double sentence_chrf(std::string_view hypothesis, std::span<std::string const> references,
                     chrf_options const& options) {
    chrf one(options);
    one.add(hypothesis, references);
    return one.score();
}
}
