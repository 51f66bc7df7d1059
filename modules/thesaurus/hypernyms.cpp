module;
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>
module wordmill.thesaurus;
import :hypernyms;
import :synset;
import :wordnet;
import wordmill.core;

namespace wordmill {
namespace {
constexpr std::size_t most_paths = 10'000;

[[noreturn]] void refuse_cycle(wordnet const& words, synset_id id) {
    throw error(failure::bad_data,
                "WordNet: expected hypernyms that lead upwards, found a cycle through " + words.name(id));
}
}

std::vector<synset_id> related(wordnet const& words, synset_id id, relation kind) {
    std::vector<synset_id> targets;
    for (auto const& pointer : words.pointers(id))
        if (pointer.kind == kind && std::ranges::find(targets, pointer.target) == targets.end())
            targets.push_back(pointer.target);
    return targets;
}

std::vector<synset_id> reachable(wordnet const& words, synset_id id, std::initializer_list<relation> kinds) {
    std::vector<synset_id> found{id};
    std::set<synset_id> seen{id};
    for (std::size_t next = 0; next < found.size(); ++next)
        for (auto const& pointer : words.pointers(found[next]))
            if (std::ranges::find(kinds, pointer.kind) != kinds.end() && seen.insert(pointer.target).second)
                found.push_back(pointer.target);
    found.erase(found.begin());
    return found;
}

std::vector<synset_id> hypernyms(wordnet const& words, synset_id id) {
    std::vector<synset_id> targets;
    for (auto const& pointer : words.pointers(id))
        if (pointer.kind == relation::hypernym || pointer.kind == relation::instance_hypernym)
            targets.push_back(pointer.target);
    return targets;
}

std::vector<std::vector<synset_id>> hypernym_paths(wordnet const& words, synset_id id) {
    std::vector<std::vector<synset_id>> open{{id}}, paths; // upwards
    while (!open.empty()) {
        if (open.size() + paths.size() > most_paths)
            throw error(failure::bad_data, "WordNet: expected at most " + format_count(most_paths)
                                               + " paths of hypernyms, found more above " + words.name(id));
        auto const path = std::move(open.back());
        open.pop_back();
        auto const above = hypernyms(words, path.back());
        if (above.empty()) paths.emplace_back(path.rbegin(), path.rend());
        for (auto next = above.rbegin(); next != above.rend(); ++next) {
            if (std::ranges::find(path, *next) != path.end()) refuse_cycle(words, *next);
            open.push_back(path);
            open.back().push_back(*next);
        }
    }
    return paths;
}

namespace detail {
depth_finder::depth_finder(wordnet words) : words_(std::move(words)) {}

depth_range depth_finder::of(synset_id id) {
    std::vector<synset_id> open{id};
    while (!open.empty()) {
        auto const next = open.back();
        auto& known = known_.try_emplace(next).first->second;
        if (known) {
            open.pop_back();
            continue;
        }
        auto const above = hypernyms(words_, next);
        depth_range range{.least = above.empty() ? 0 : ~0U};
        bool complete = true;
        for (auto const each : above) {
            auto const found = known_.find(each);
            if (found == known_.end()) {
                open.push_back(each);
                complete = false;
            } else if (!found->second) {
                refuse_cycle(words_, each);
            } else {
                range.least = std::min(range.least, found->second->least + 1);
                range.most = std::max(range.most, found->second->most + 1);
            }
        }
        if (complete) known = range;
    }
    return *known_.at(id);
}

unsigned deepest(wordnet const& words, std::vector<synset_id> const& ids) {
    depth_finder depths(words);
    unsigned most = 0;
    for (auto const id : ids) most = std::max(most, depths.of(id).most);
    return most;
}
}
}
