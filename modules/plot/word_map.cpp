module;
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.plot;
import :word_map;
import wordmill.core;
import wordmill.linear_algebra;
import wordmill.vectors;

namespace wordmill {
namespace {
void put_at_length_one(word_vectors const& vectors, token_id id, std::span<float> into) {
    auto const norm = vectors.norms()[index(id)];
    std::ranges::transform(vectors.row(id), into.begin(), [norm](float x) { return norm > 0 ? x / norm : 0; });
}
}

word_map map_words(word_vectors const& vectors, map_options const& options) {
    word_map map{.fitted = std::min(options.words, vectors.size()),
                 .dimension = vectors.dimension(),
                 .vocabulary = vectors.size()};
    if (map.fitted == 0) throw error(failure::bad_data, "a map needs words, found none");
    std::vector<token_id> ids;
    for (std::size_t i = 0; i < map.fitted; ++i) ids.push_back(id_at(i));
    for (auto const& word : options.highlight) {
        auto const found = std::ranges::find(ids, vectors.id(word));
        map.highlighted.push_back(static_cast<std::size_t>(found - ids.begin()));
        if (found == ids.end()) ids.push_back(vectors.id(word));
    }

    matrix<float> rows(ids.size(), vectors.dimension());
    std::vector<std::string> words;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        put_at_length_one(vectors, ids[i], rows.view().row(i));
        words.emplace_back(vectors.word(ids[i]));
    }
    auto fitted = std::as_const(rows).view();
    fitted.rows = map.fitted;
    principal_components const components(fitted, map.shares.size());
    std::ranges::copy(components.shares(), map.shares.begin());
    auto near =
        nearest(vectors, words, {.top = options.neighbours, .max_words = map.fitted, .threads = options.threads});
    for (std::size_t i = 0; i < ids.size(); ++i) {
        map_word entry{.word = std::move(words[i]),
                       .count = vectors.counts().empty() ? 0 : vectors.counts()[index(ids[i])]};
        std::ranges::copy(components.project(rows.view().row(i)), entry.at.begin());
        for (auto const& n : near.answers[i]) entry.nearest.push_back({index(n.id), n.score});
        map.words.push_back(std::move(entry));
    }
    return map;
}
}
