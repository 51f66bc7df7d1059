module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.plot;
import :markup;
import :page;
import :page_files;
import :page_parts;
import :word_map;
import wordmill.core;
import wordmill.metrics;
import wordmill.text;

namespace wordmill {
namespace {
using detail::list;
using detail::rounded;

constexpr std::size_t most_points = 4000;

std::string json(word_map const& map) {
    auto const coordinate = [&](std::size_t axis) {
        return list(map.words, [axis](map_word const& w) { return rounded(w.at[axis]); });
    };
    auto const of_neighbours = [&](auto value) {
        return list(map.words, [value](map_word const& w) { return list(w.nearest, value); });
    };
    return "{\"words\":" + list(map.words, [](map_word const& w) { return json_string(w.word); })
           + ",\"counts\":" + list(map.words, [](map_word const& w) { return std::to_string(w.count); })
           + ",\"x\":" + coordinate(0) + ",\"y\":" + coordinate(1) + ",\"z\":" + coordinate(2)
           + ",\"nearest\":" + of_neighbours([](map_neighbour const& n) { return std::to_string(n.index); })
           + ",\"cosines\":" + of_neighbours([](map_neighbour const& n) { return rounded(n.cosine); })
           + ",\"highlighted\":" + list(map.highlighted, [](std::size_t i) { return std::to_string(i); })
           + ",\"shares\":" + list(map.shares, rounded) + ",\"fitted\":" + std::to_string(map.fitted)
           + ",\"dimension\":" + std::to_string(map.dimension) + ",\"vocabulary\":" + std::to_string(map.vocabulary)
           + "}";
}

/// Groups of as many points each, by their means; times and epochs are those of the last.
std::vector<training_point> thinned(std::vector<training_point> const& points) {
    auto const group = (points.size() + most_points - 1) / most_points;
    if (group <= 1) return points;
    std::vector<training_point> means;
    for (std::size_t first = 0; first < points.size(); first += group) {
        auto const n = std::min(group, points.size() - first);
        auto mean = points[first + n - 1];
        mean.tokens_per_second = mean.learning_rate = 0;
        double loss = 0;
        std::size_t losses = 0;
        for (std::size_t i = first; i < first + n; ++i) {
            mean.tokens_per_second += points[i].tokens_per_second / static_cast<double>(n);
            mean.learning_rate += points[i].learning_rate / static_cast<double>(n);
            if (points[i].epoch_loss) mean.epoch_loss = points[i].epoch_loss;
            if (!points[i].epoch_scores.empty()) mean.epoch_scores = points[i].epoch_scores;
            if (!points[i].loss) continue;
            loss += *points[i].loss;
            ++losses;
        }
        mean.loss = losses > 0 ? std::optional(loss / static_cast<double>(losses)) : std::nullopt;
        means.push_back(std::move(mean));
    }
    return means;
}

std::string json(named_run const& named) {
    auto const points = thinned(named.run.points);
    std::vector<training_point> ends;
    for (auto const& p : named.run.points)
        if (p.epoch_loss) ends.push_back(p);
    std::set<std::string> scores;
    for (auto const& p : ends)
        for (auto const& [name, value] : p.epoch_scores) scores.insert(name);
    auto const of_score = [&](std::string const& name) {
        return json_string(name) + ":" + list(points, [&](training_point const& p) {
                   auto const found = p.epoch_scores.find(name);
                   return found == p.epoch_scores.end() ? std::string("null") : rounded(found->second);
               });
    };
    std::string score_lists;
    for (auto const& name : scores) score_lists += (score_lists.empty() ? "" : ",") + of_score(name);
    return "{\"name\":" + json_string(named.name) + ",\"options\":"
           + list(named.run.options,
                  [](auto const& option) {
                      return "[" + json_string(option.first) + "," + json_string(option.second) + "]";
                  })
           + ",\"tokens\":" + list(points, [](training_point const& p) { return std::to_string(p.tokens); })
           + ",\"loss\":"
           + list(points, [](training_point const& p) { return p.loss ? rounded(*p.loss) : std::string("null"); })
           + ",\"rate\":" + list(points, [](training_point const& p) { return rounded(p.learning_rate); })
           + ",\"speed\":" + list(points, [](training_point const& p) { return rounded(p.tokens_per_second); })
           + ",\"scores\":{" + score_lists + "},\"epochs\":"
           + list(ends,
                  [](training_point const& p) {
                      return "[" + std::to_string(p.epoch) + "," + std::to_string(p.tokens) + ","
                             + rounded(*p.epoch_loss) + "]";
                  })
           + "}";
}
}

std::string to_html(page const& content) {
    auto const data = "{\"map\":" + (content.map ? json(*content.map) : "null")
                      + ",\"runs\":" + list(content.runs, [](named_run const& run) { return json(run); }) + "}";
    return detail::filled(detail::page_html, {{"title", detail::escaped(content.title)},
                                              {"style", detail::page_css},
                                              {"data", detail::for_script(data)},
                                              {"script", std::string(detail::parts_js) + detail::map_js
                                                             + detail::curves_js + detail::start_js}});
}
}
