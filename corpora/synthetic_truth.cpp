module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.corpora;
import wordmill.core;

namespace wordmill {
namespace {
struct frequent_words {
    synthetic_language language;
    truth_options options;

    [[nodiscard]] bool has(std::uint64_t rank) const {
        return language.share(rank) * static_cast<double>(options.tokens) >= options.min_count;
    }
    [[nodiscard]] bool has(word_meaning const& m) const {
        auto const rank = language.rank(m);
        return rank && has(*rank);
    }
    [[nodiscard]] std::string word(word_meaning const& m) const { return language.word(*language.rank(m)); }
};

random_key truth_key(synthetic_language const& language, std::uint64_t set) {
    return random_key(language.options().seed).fold_in(2).fold_in(set);
}

std::uint32_t draw(random_engine& rng, std::uint32_t bound) { return static_cast<std::uint32_t>(rng.below(bound)); }

word_meaning draw_word(random_engine& rng) { return {draw(rng, 64), draw(rng, 16), draw(rng, 4)}; }

/// Another word that shares with `a` the features that the stratum requires.
word_meaning draw_partner(random_engine& rng, word_meaning const& a, std::size_t stratum) {
    auto b = draw_word(rng);
    if (stratum <= 2) b.topic = a.topic;
    if (stratum == 0) b.role = a.role;
    if (stratum == 1) b.form = a.form;
    if (stratum == 3) b.topic = a.field() * 8 + b.topic % 8;
    return b;
}
}

double similarity(word_meaning const& a, word_meaning const& b) noexcept {
    double points = 0;
    if (a.topic == b.topic) {
        points += 5;
    } else if (a.field() == b.field()) {
        points += 2;
    }
    if (a.role == b.role) points += 2;
    if (a.form == b.form && a.kind() == b.kind()) points += 3;
    return points;
}

std::vector<similarity_pair> similarity_truth(synthetic_language const& language, truth_options const& options) {
    frequent_words const words{language, options};
    auto rng = truth_key(language, 0).engine();
    std::vector<similarity_pair> pairs;
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    // The number of attempts is bounded, because few words may be frequent enough.
    for (std::size_t tries = 0; pairs.size() < options.similarity_pairs && tries < 100 * options.similarity_pairs;
         ++tries) {
        auto const a = draw_word(rng);
        auto const b = draw_partner(rng, a, tries % 5);
        if (a == b || !words.has(a) || !words.has(b)) continue;
        if (!taken.insert(std::minmax(*language.rank(a), *language.rank(b))).second) continue;
        pairs.push_back({words.word(a), words.word(b), similarity(a, b)});
    }
    return pairs;
}

std::vector<analogy_section> analogy_truth(synthetic_language const& language, truth_options const& options) {
    constexpr std::array<std::array<std::string_view, 3>, 4> names{{{"gender", "plural", "young"},
                                                                    {"capital", "nationality", "currency"},
                                                                    {"past-tense", "progressive", "future-tense"},
                                                                    {"comparative", "superlative", "adverb"}}};
    frequent_words const words{language, options};
    std::vector<analogy_section> sections;
    for (std::uint32_t kind = 0; kind < 4; ++kind) {
        for (std::uint32_t form = 1; form < 4; ++form) {
            auto& section = sections.emplace_back();
            section.name = names[kind][form - 1];
            auto rng = truth_key(language, 1 + 4 * kind + form).engine();
            std::set<std::array<std::uint32_t, 2>> taken;
            for (std::size_t tries = 0; section.questions.size() < options.questions_per_section
                                        && tries < 100 * options.questions_per_section;
                 ++tries) {
                word_meaning const a{4 * draw(rng, 16) + kind, draw(rng, 16), 0};
                word_meaning const c{4 * draw(rng, 16) + kind, draw(rng, 16), 0};
                auto b = a, d = c;
                b.form = d.form = form;
                if (a == c || !words.has(a) || !words.has(b) || !words.has(c) || !words.has(d)) continue;
                if (!taken.insert({a.topic * 16 + a.role, c.topic * 16 + c.role}).second) continue;
                section.questions.push_back({words.word(a), words.word(b), words.word(c), words.word(d)});
            }
        }
    }
    return sections;
}

std::vector<word_group> group_truth(synthetic_language const& language, truth_options const& options) {
    frequent_words const words{language, options};
    std::vector<word_group> groups;
    // Shares fall with the rank, except within the quarters of the roles. Far beyond the last quarter no word is
    // frequent.
    std::uint64_t const inflected_end = 5376;
    for (std::uint64_t rank = 0; rank < language.options().types; ++rank) {
        bool const frequent = words.has(rank);
        if (!frequent && rank >= inflected_end) break;
        auto const topic = language.topic(rank);
        if (frequent && topic) groups.push_back({language.word(rank), *topic, rank});
    }
    std::ranges::sort(groups, {}, [](auto const& group) { return std::pair(group.topic, group.rank); });
    return groups;
}
}
