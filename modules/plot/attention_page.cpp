module;
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.plot;
import :attention_checks;
import :attention_map;
import :markup;
import :page_files;
import :page_parts;
import wordmill.core;
import wordmill.text;

namespace wordmill {
namespace {
constexpr std::size_t most_weights_of_map = 100'000;
constexpr std::size_t most_weights_of_page = 3'000'000;

std::string four_decimals(double weight) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), "%.4f", weight);
    std::string_view number = text.data();
    number.remove_suffix(number.size() - 1 - number.find_last_not_of('0'));
    if (number.ends_with('.')) number.remove_suffix(1);
    return std::string(number);
}

std::string json(attention_pair const& pair) {
    auto const strings = [](std::vector<std::string> const& tokens) {
        return detail::list(tokens, [](std::string const& token) { return json_string(token); });
    };
    std::vector<std::span<float const>> rows;
    for (std::size_t t = 0; t < pair.target.size(); ++t)
        rows.push_back(std::span(pair.weights).subspan(t * pair.source.size(), pair.source.size()));
    return "{\"source\":" + strings(pair.source) + ",\"target\":" + strings(pair.target) + ",\"sourceText\":"
           + json_string(pair.source_text) + ",\"targetText\":" + json_string(pair.target_text) + ",\"weights\":"
           + detail::list(rows,
                          [](std::span<float const> row) {
                              return detail::list(
                                  row, [](float weight) { return four_decimals(static_cast<double>(weight)); });
                          })
           + "}";
}
}

void detail::check_attention(attention_pair const& pair, std::string const& what, bool may_be_empty) {
    auto const sources = pair.source.size(), targets = pair.target.size();
    auto const expected = checked_product(sources, targets);
    if (pair.weights.size() != expected)
        throw error(failure::usage, what + ": expected " + std::to_string(expected) + " weights for "
                                        + std::to_string(targets) + " target and " + std::to_string(sources)
                                        + " source tokens, found " + std::to_string(pair.weights.size()));
    if (expected == 0 && !may_be_empty)
        throw error(failure::bad_data, what + ": expected a source and a target token, found " + std::to_string(sources)
                                           + " and " + std::to_string(targets));
    if (expected > most_weights_of_map)
        throw error(failure::bad_data, what + ": expected at most 100,000 weights, found " + std::to_string(expected));
    for (std::size_t i = 0; i < expected; ++i)
        if (auto const weight = pair.weights[i]; !(weight >= 0) || !std::isfinite(weight))
            throw error(failure::bad_data, what + ": expected finite weights of 0 or more, found "
                                               + format_short(static_cast<double>(weight)) + " at target token "
                                               + std::to_string(i / sources + 1) + ", source token "
                                               + std::to_string(i % sources + 1));
}

std::string attention_page(std::span<attention_pair const> pairs, std::string_view title) {
    std::size_t weights = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        detail::check_attention(pairs[i], "attention page, pair " + std::to_string(i + 1), true);
        weights += pairs[i].weights.size();
    }
    if (weights > most_weights_of_page)
        throw error(failure::bad_data,
                    "attention page: expected at most 3,000,000 weights, found " + std::to_string(weights) + " in "
                        + std::to_string(pairs.size()) + " pairs",
                    {}, "show fewer pairs");
    auto const data = detail::list(pairs, [](attention_pair const& pair) { return json(pair); });
    return detail::filled(detail::attention_html, {{"title", detail::escaped(title)},
                                                   {"style", std::string(detail::page_css) + detail::attention_css},
                                                   {"data", detail::for_script(data)},
                                                   {"script", std::string(detail::parts_js) + detail::attention_js}});
}
}
