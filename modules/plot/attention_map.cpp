module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>
module wordmill.plot;
import :attention_checks;
import :attention_map;
import :drawing;
import :markup;
import wordmill.core;

namespace wordmill {
namespace {
using detail::pixels;
using detail::shade;
constexpr std::size_t most_letters = 24; ///< of a token
constexpr std::size_t most_letters_of_title = 60;

std::string three_digits(double weight) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), "%.3f", weight);
    return text.data();
}

std::string shown(std::string const& token) {
    std::string text;
    for (char const c : token)
        if (c == ' ')
            text += "\xE2\x90\xA3"; // U+2423
        else
            text += c;
    return detail::shortened(text, most_letters);
}

struct labels {
    std::vector<std::string> texts;
    double width = 0; ///< of the widest, in letters
    explicit labels(std::vector<std::string> const& tokens) {
        for (auto const& token : tokens) {
            texts.push_back(shown(token));
            width = std::max(width, static_cast<double>(detail::letters(texts.back())));
        }
    }
};

/// Where everything is, in pixels.
struct layout {
    double cell, font, left, top, width, height;
    int turn; ///< of the tokens of the source, in degrees: 0 where they fit their cells, else 45, or 90 in small cells
    double overhang; ///< of slanted tokens to the right

    layout(labels const& source, labels const& target, attention_map_options const& options) {
        auto const columns = static_cast<double>(source.texts.size()), rows = static_cast<double>(target.texts.size());
        cell = std::max(10.0, std::min(options.cell, std::floor(options.size / std::max(columns, rows))));
        font = std::clamp(cell * 0.62, 8.0, 13.0);
        width = cell * columns;
        height = cell * rows;
        auto const letter = font * 0.62;
        turn = source.width * letter <= cell ? 0 : cell >= 15 ? 45 : 90;
        auto const slant = turn == 45 ? 0.71 : 1.0; // the sine and cosine of 45 degrees
        overhang = turn == 45 ? source.width * letter * slant : 0;
        left = (options.y_label.empty() ? 12 : 34) + target.width * letter + 10;
        top = (options.title.empty() ? 12 : 42) + (options.x_label.empty() ? 0 : 22) + font
              + (turn > 0 ? source.width * letter * slant : 0) + 6;
    }
    [[nodiscard]] double right() const { return left + width; }
    [[nodiscard]] double whole_width() const { return right() + std::max(overhang + 12, 80.0); }
    [[nodiscard]] double whole_height() const { return std::max(top + height, top + 60) + 14; }
};

std::string tokens(labels const& source, labels const& target, layout const& at) {
    auto out = "<g font-size=\"" + pixels(at.font) + "\">\n";
    for (std::size_t s = 0; s < source.texts.size(); ++s) {
        auto const middle = at.left + at.cell * (static_cast<double>(s) + 0.5), y = at.top - 6;
        auto const x = at.turn == 0 ? middle : at.turn == 45 ? middle + 3 : middle + at.font * 0.36;
        auto const turned =
            "transform=\"rotate(-" + std::to_string(at.turn) + " " + pixels(x) + " " + pixels(y) + ")\"";
        out += detail::text_at(x, y, at.turn == 0 ? "text-anchor=\"middle\"" : turned, source.texts[s]);
    }
    for (std::size_t t = 0; t < target.texts.size(); ++t)
        out += detail::text_at(at.left - 7, at.top + at.cell * (static_cast<double>(t) + 0.5) + at.font * 0.36,
                               "text-anchor=\"end\"", target.texts[t]);
    return out + "</g>\n";
}

std::string legend(layout const& at, double highest) {
    auto const x = at.right() + 22, height = std::max(60.0, std::min(at.height, 160.0));
    std::string out = "<defs><linearGradient id=\"weights\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">";
    for (int i = 0; i <= 8; ++i)
        out += "<stop offset=\"" + format_short(i / 8.0) + "\" stop-color=\"" + shade(i / 8.0) + "\"/>";
    out += "</linearGradient></defs>\n" + detail::box("rect", x, at.top, 14, height)
           + " fill=\"url(#weights)\" stroke=\"#444444\"/>\n";
    for (int i = 0; i <= 2; ++i) {
        std::array<char, 400> label{};
        std::snprintf(label.data(), label.size(), "%.2g", highest * i / 2);
        out += detail::text_at(x + 20, at.top + height * (1 - i / 2.0) + 4, "font-size=\"11\"", label.data());
    }
    return out;
}

/// The title and the names of the axes.
std::string names(layout const& at, double center, attention_map_options const& options) {
    std::string out;
    if (!options.title.empty())
        out += detail::text_at(center, 26, "text-anchor=\"middle\" font-size=\"16\"",
                               detail::shortened(options.title, most_letters_of_title));
    if (!options.x_label.empty())
        out += detail::text_at(at.left + at.width / 2, options.title.empty() ? 22 : 52,
                               "text-anchor=\"middle\" font-size=\"13\"", detail::shortened(options.x_label, 60));
    auto const middle = pixels(at.top + at.height / 2);
    if (!options.y_label.empty())
        out += detail::text_at(22, at.top + at.height / 2,
                               "text-anchor=\"middle\" font-size=\"13\" transform=\"rotate(-90 22 " + middle + ")\"",
                               detail::shortened(options.y_label, 40));
    return out;
}

std::string cells(attention_pair const& pair, labels const& source, labels const& target, layout const& at,
                  double highest) {
    std::string out = "<g stroke=\"#dfe6ee\" stroke-width=\"0.6\">\n";
    for (std::size_t t = 0; t < target.texts.size(); ++t)
        for (std::size_t s = 0; s < source.texts.size(); ++s) {
            auto const weight = static_cast<double>(pair.weights[t * source.texts.size() + s]);
            out += detail::box("rect", at.left + at.cell * static_cast<double>(s),
                               at.top + at.cell * static_cast<double>(t), at.cell, at.cell)
                   + " fill=\"" + shade(weight / highest) + "\"><title>"
                   + detail::escaped(target.texts[t] + " \xE2\x86\x90 " + source.texts[s] + "  ") + three_digits(weight)
                   + "</title></rect>\n";
        }
    return out + "</g>\n" + detail::box("rect", at.left, at.top, at.width, at.height)
           + " fill=\"none\" stroke=\"#444444\" pointer-events=\"none\"/>\n";
}
}

std::string attention_map(attention_pair const& pair, attention_map_options const& options) {
    detail::check_attention(pair, "attention map", false);
    auto const within = [](double value, double least, double most) { return value >= least && value <= most; };
    if (!within(options.cell, 1, 1000) || !within(options.size, 1, 1e5) || !within(options.highest, 0, 1e30))
        throw error(failure::usage, "attention map: expected cells of 1 to 1,000 pixels, a size of 1 to 100,000 and a "
                                    "highest weight of 0 or more, found "
                                        + format_short(options.cell) + ", " + format_short(options.size) + " and "
                                        + format_short(options.highest));
    auto highest = options.highest;
    if (highest == 0) highest = static_cast<double>(*std::ranges::max_element(pair.weights));
    if (highest == 0) highest = 1;
    labels const source(pair.source), target(pair.target);
    layout const at(source, target, options);
    auto const title = detail::shortened(options.title, most_letters_of_title);
    auto const half_title = 4.6 * static_cast<double>(detail::letters(title)) + 12;
    auto const center = std::max(at.left + at.width / 2, half_title);
    return detail::image_start(std::max(at.whole_width(), center + half_title), at.whole_height(), title)
           + names(at, center, options) + tokens(source, target, at) + cells(pair, source, target, at, highest)
           + legend(at, highest) + "</svg>\n";
}
}
