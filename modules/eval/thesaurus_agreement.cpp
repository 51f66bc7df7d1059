module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
module wordmill.eval;
import wordmill.core;
import wordmill.thesaurus;
import wordmill.vectors;
import :correlation;
import :thesaurus_agreement;

namespace wordmill {
namespace {
struct noun {
    token_id word{};
    synset_id sense{};
};

/// The first noun sense of a word that is mostly a noun.
std::optional<synset_id> noun_sense(wordnet const& thesaurus, std::string_view word) {
    auto const tagged = thesaurus.tagged_senses(word, part_of_speech::noun);
    for (auto const& [name, pos] : parts_of_speech)
        if (pos != part_of_speech::noun && thesaurus.tagged_senses(word, pos) >= tagged) return std::nullopt;
    return thesaurus.senses(word, part_of_speech::noun).front();
}

template <class Vectors>
thesaurus_score score_of(Vectors const& vectors, wordnet const& thesaurus, thesaurus_eval_options const& options) {
    thesaurus_score result;
    std::vector<noun> nouns;
    auto const searched = options.max_words == 0 ? vectors.size() : std::min(vectors.size(), options.max_words);
    for (std::size_t row = 0; row < searched && nouns.size() < options.words; ++row) {
        auto const sense = noun_sense(thesaurus, vectors.word(id_at(row)));
        if (!sense)
            ++result.other_words;
        else if (vectors.norms()[row] == 0)
            ++result.zero;
        else
            nouns.push_back({.word = id_at(row), .sense = *sense});
    }
    result.words = nouns.size();
    if (nouns.size() < 2) return result;

    std::vector<double> cosines, similarities;
    for (std::uint64_t i = 0; i < options.pairs; ++i) {
        auto engine = random_key(options.seed).fold_in(i).engine();
        auto const a = engine.below(nouns.size());
        auto const skipped = engine.below(nouns.size() - 1);
        auto const& first = nouns[a];
        auto const& second = nouns[skipped < a ? skipped : skipped + 1];
        auto const path = path_similarity(thesaurus, first.sense, second.sense);
        if (!path) continue;
        cosines.push_back(*similarity(vectors, first.word, second.word));
        similarities.push_back(*path);
    }
    result.pairs = similarities.size();
    result.spearman = spearman(cosines, similarities);
    return result;
}
}

thesaurus_score evaluate_thesaurus(word_vectors const& vectors, wordnet const& thesaurus,
                                   thesaurus_eval_options const& options) {
    return score_of(vectors, thesaurus, options);
}

thesaurus_score evaluate_thesaurus(sparse_vectors const& vectors, wordnet const& thesaurus,
                                   thesaurus_eval_options const& options) {
    return score_of(vectors, thesaurus, options);
}
}
