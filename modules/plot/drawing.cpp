module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>
module wordmill.plot;
import :drawing;
import :markup;
import wordmill.core;

namespace wordmill::detail {
namespace {
std::string printed(char const* format, int digits, double value) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), format, digits, value);
    return text.data();
}

/// "1.5e6" for "1.5e+06".
std::string without_zeros_in_exponent(std::string text) {
    auto const e = text.find('e');
    if (e == std::string::npos) return text;
    auto const exponent = std::atoi(text.c_str() + e + 1);
    return text.substr(0, e + 1) + std::to_string(exponent);
}

/// Multiples of `step`, a power of ten times 1, 2 or 5, with as many digits as it takes to tell them apart.
std::string label_of(double value, double step, double largest) {
    auto const last = static_cast<int>(std::floor(std::log10(step) + 1e-9));
    if (largest < 1e6 && last >= -4) return printed("%.*f", std::max(0, -last), value);
    auto const first = static_cast<int>(std::floor(std::log10(largest) + 1e-9));
    return without_zeros_in_exponent(printed("%.*g", std::clamp(first - last + 1, 1, 15), value));
}

std::vector<axis::tick> round_numbers(axis const& a, std::size_t count) {
    auto const least = (a.high - a.low) / static_cast<double>(count);
    auto step = std::pow(10, std::floor(std::log10(least)));
    for (double const factor : {2.0, 2.5, 2.0})
        if (step < least * (1 - 1e-9)) step *= factor;
    auto const largest = std::max(std::abs(a.low), std::abs(a.high));
    std::vector<axis::tick> ticks;
    auto const slack = (a.high - a.low) * 1e-9;
    for (auto i = std::ceil((a.low - slack) / step); i * step <= a.high + slack && ticks.size() <= 2 * count; ++i)
        ticks.push_back({i * step, label_of(i * step + 0.0, step, largest)}); // + 0.0: no -0
    return ticks;
}

/// Powers of ten times each of `factors`, every `every`-th power.
std::vector<axis::tick> powers(axis const& a, std::vector<double> const& factors, int every) {
    std::vector<axis::tick> ticks;
    auto const first = static_cast<int>(std::floor(std::log10(a.low)));
    auto const last = static_cast<int>(std::ceil(std::log10(a.high)));
    for (auto power = first; power <= last; ++power)
        for (auto const factor : factors)
            if (auto const value = factor * std::pow(10, power);
                power % every == 0 && value >= a.low * (1 - 1e-9) && value <= a.high * (1 + 1e-9))
                ticks.push_back({value, power >= -4 && power < 6
                                            ? printed("%.*f", std::max(0, -power), value)
                                            : without_zeros_in_exponent(printed("%.*g", 1, value))});
    return ticks;
}

std::string line(double x, double y, char direction, double length) {
    return "M" + pixels(x) + " " + pixels(y) + direction + pixels(length);
}
}

std::string pixels(double value) {
    auto text = printed("%.*f", 1, value);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text == "-0" ? "0" : text;
}

std::string text_at(double x, double y, std::string_view attributes, std::string_view content) {
    return "<text x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" " + std::string(attributes) + ">" + escaped(content)
           + "</text>\n";
}
std::string box(std::string_view element, double x, double y, double w, double h) {
    return "<" + std::string(element) + " x=\"" + pixels(x) + "\" y=\"" + pixels(y) + "\" width=\"" + pixels(w)
           + "\" height=\"" + pixels(h) + "\"";
}
std::string image_start(double width, double height, std::string_view title) {
    auto out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + pixels(width) + "\" height=\"" + pixels(height)
               + "\" viewBox=\"0 0 " + pixels(width) + " " + pixels(height)
               + "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\">\n";
    if (!title.empty()) out += "<title>" + escaped(title) + "</title>\n";
    return out + box("rect", 0, 0, width, height) + " fill=\"#ffffff\"/>\n";
}

std::string_view colour(std::size_t number) noexcept {
    static constexpr std::array<std::string_view, 7> colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                             "#e69f00", "#56b4e9", "#000000"};
    return colours[number % colours.size()];
}

std::string shade(double share) {
    static constexpr std::array<std::array<double, 3>, 9> stops{{{247, 251, 255},
                                                                 {222, 235, 247},
                                                                 {198, 219, 239},
                                                                 {158, 202, 225},
                                                                 {107, 174, 214},
                                                                 {66, 146, 198},
                                                                 {33, 113, 181},
                                                                 {8, 81, 156},
                                                                 {8, 48, 107}}};
    auto const at = std::clamp(share, 0.0, 1.0) * (stops.size() - 1);
    auto const from = std::min(static_cast<std::size_t>(at), stops.size() - 2);
    auto const part = at - static_cast<double>(from);
    std::array<char, 8> text{};
    auto const mixed = [&](std::size_t c) {
        return static_cast<unsigned>(std::lround(stops[from][c] * (1 - part) + stops[from + 1][c] * part));
    };
    std::snprintf(text.data(), text.size(), "#%02x%02x%02x", mixed(0), mixed(1), mixed(2));
    return text.data();
}

double axis::part(double value) const {
    if (logarithmic) return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
    return (value - low) / (high - low);
}

std::vector<axis::tick> axis::ticks(std::size_t count) const {
    if (!logarithmic) return round_numbers(*this, count);
    auto const decades = std::log10(high) - std::log10(low);
    auto found = powers(*this, {1}, 1 + static_cast<int>(decades / static_cast<double>(count + 1)));
    if (found.size() < 3) found = powers(*this, {1, 2, 5}, 1);
    return found.size() < 3 ? round_numbers(*this, count) : found;
}

axis axis_around(double least, double most, double margin, bool logarithmic) {
    if (logarithmic) {
        auto const range = std::log(most) - std::log(least);
        auto const grown = range > 1e-9 ? std::exp(range * margin) : 1.1;
        return {.low = std::max(least / grown, 1e-305), .high = std::min(most * grown, 1e305), .logarithmic = true};
    }
    auto const largest = std::max(std::abs(least), std::abs(most));
    auto more = (most - least) * margin;
    if (most - least <= std::max(1e-9 * largest, 1e-300)) more = largest > 1e-290 ? largest / 10 : 1; // the same
    return {.low = least - more, .high = most + more};
}

void check_coordinate(double value, std::string_view what) {
    if (!(std::abs(value) <= 1e300))
        throw error(failure::bad_data, std::string(what) + ": expected finite numbers, found "
                                           + without_zeros_in_exponent(printed("%.*g", 6, value)));
}

std::string frame::picture(labels const& said, std::string const& content,
                           std::vector<legend_entry> const& legend) const {
    std::size_t widest = 0;
    std::vector<std::string> names;
    for (auto const& entry : legend) {
        names.push_back(shortened(entry.name, 28));
        widest = std::max(widest, letters(names.back()));
    }
    auto const right = left + width;
    auto const bottom = top + height;
    auto const all_width = legend.empty() ? right + 30 : right + 60 + 8 * static_cast<double>(widest);
    auto const all_height = std::max(bottom + 60, top + 20 * static_cast<double>(legend.size()) + 10);
    auto const title = shortened(said.title, 60);
    std::string grid, ticks;
    for (auto const& [value, label] : x.ticks(8)) {
        grid += line(across(value), top, 'v', height);
        ticks += text_at(across(value), bottom + 18, "text-anchor=\"middle\"", label);
    }
    for (auto const& [value, label] : y.ticks(6)) {
        grid += line(left, down(value), 'h', width);
        ticks += text_at(left - 8, down(value) + 4, "text-anchor=\"end\"", label);
    }
    auto const middle = pixels(top + height / 2);
    auto out = image_start(all_width, all_height, title);
    if (!title.empty()) out += text_at(left + width / 2, 30, "text-anchor=\"middle\" font-size=\"16\"", title);
    if (!said.x.empty())
        out += text_at(left + width / 2, bottom + 42, "text-anchor=\"middle\" font-size=\"13\"", shortened(said.x, 60));
    if (!said.y.empty())
        out += text_at(22, top + height / 2,
                       "text-anchor=\"middle\" font-size=\"13\" transform=\"rotate(-90 22 " + middle + ")\"",
                       shortened(said.y, 40));
    out += ticks + "<path stroke=\"#e4e4e4\" d=\"" + grid + "\"/>\n";
    // A picture in the picture shows nothing outside itself.
    out += box("svg", left, top, width, height) + " viewBox=\"" + pixels(left) + " " + pixels(top) + " " + pixels(width)
           + " " + pixels(height) + "\">\n" + content + "</svg>\n";
    out += box("rect", left, top, width, height) + " fill=\"none\" stroke=\"#444444\"/>\n";
    for (std::size_t i = 0; i < legend.size(); ++i) {
        auto const at = top + 10 + 20 * static_cast<double>(i);
        out += "<g transform=\"translate(" + pixels(right + 28) + " " + pixels(at) + ")\">" + legend[i].sample
               + "</g>\n" + text_at(right + 46, at + 4, "font-size=\"13\"", names[i]);
    }
    return out + "</svg>\n";
}
}
