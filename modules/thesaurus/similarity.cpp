module;
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.thesaurus;
import :hypernyms;
import :similarity;
import :synset;
import :wordnet;

namespace wordmill {
namespace {
/// A synset and all above it, with the steps to each on the shortest way.
struct ancestors {
    std::map<synset_id, unsigned> steps{};
    unsigned farthest = 0;

    /// The steps to the root above all.
    [[nodiscard]] unsigned to_root() const { return farthest + 1; }
};

ancestors ancestors_of(wordnet const& words, synset_id id) {
    ancestors result{.steps = {{id, 0}}};
    std::vector<synset_id> open{id};
    for (std::size_t next = 0; next < open.size(); ++next) {
        auto const steps = result.steps.at(open[next]);
        result.farthest = steps; // they come in order of their distance
        for (auto const above : hypernyms(words, open[next]))
            if (result.steps.emplace(above, steps + 1).second) open.push_back(above);
    }
    return result;
}

bool has_added_root(part_of_speech pos) { return pos != part_of_speech::noun; }

std::optional<unsigned> distance(ancestors const& a, ancestors const& b, bool added_root) {
    std::optional<unsigned> least;
    if (added_root) least = a.to_root() + b.to_root();
    for (auto const& [id, steps] : a.steps)
        if (auto const other = b.steps.find(id); other != b.steps.end())
            least = std::min(least.value_or(std::numeric_limits<unsigned>::max()), steps + other->second);
    return least;
}

std::optional<unsigned> distance(wordnet const& words, synset_id a, synset_id b) {
    if (a.pos != b.pos) return std::nullopt;
    return distance(ancestors_of(words, a), ancestors_of(words, b), has_added_root(a.pos));
}
}

std::optional<double> path_similarity(wordnet const& words, synset_id a, synset_id b) {
    auto const steps = distance(words, a, b);
    if (!steps) return std::nullopt;
    return 1.0 / (1 + *steps);
}

std::optional<double> wu_palmer_similarity(wordnet const& words, synset_id a, synset_id b) {
    if (a.pos != b.pos) return std::nullopt;
    bool const added_root = has_added_root(a.pos);
    auto const above_a = ancestors_of(words, a), above_b = ancestors_of(words, b);
    detail::depth_finder depths(words);
    std::vector<synset_id> deepest;
    unsigned depth = 0;
    for (auto const& [id, steps] : above_a.steps) {
        if (!above_b.steps.contains(id)) continue;
        auto const least = depths.of(id).least;
        if (least > depth) deepest.clear();
        if (least >= depth) deepest.push_back(id);
        depth = std::max(depth, least);
    }
    if (deepest.empty() && !added_root) return std::nullopt;

    std::optional<synset_id> common; // nothing: the root above all, which comes first by name
    if (std::ranges::find(deepest, a) != deepest.end())
        common = a;
    else if (!added_root || depth > 0)
        common = *std::ranges::min_element(deepest, {}, [&](synset_id id) { return words.name(id); });
    if (!common) return 2.0 / (above_a.to_root() + above_b.to_root() + 2);
    auto const above_common = ancestors_of(words, *common);
    auto const height = depths.of(*common).most + 1;
    auto const length_a = *distance(above_a, above_common, added_root) + height;
    auto const length_b = *distance(above_b, above_common, added_root) + height;
    return 2.0 * height / (length_a + length_b);
}

std::optional<double> leacock_chodorow_similarity(wordnet const& words, synset_id a, synset_id b) {
    auto const steps = distance(words, a, b);
    if (!steps) return std::nullopt;
    auto const depth = words.max_depth(a.pos) + (has_added_root(a.pos) ? 1 : 0);
    if (depth == 0) return std::nullopt;
    return -std::log((*steps + 1) / (2.0 * depth));
}
}
