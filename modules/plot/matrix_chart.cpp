module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>
module wordmill.plot;
import :drawing;
import :markup;
import :matrix_chart;
import wordmill.core;

namespace wordmill {
namespace {
using detail::pixels;
constexpr std::size_t most_values = 1'000'000;
constexpr int shades = 32; // that are told apart
constexpr double left = 46, above = 34, below = 26, between = 30;

[[noreturn]] void refuse(failure kind, std::string const& expected, std::string const& found) {
    throw error(kind, "matrix chart: expected " + expected + ", found " + found);
}

void check(std::span<matrix_panel const> panels, matrix_chart_options const& options) {
    if (panels.empty()) refuse(failure::bad_data, "a panel", "none");
    if (options.columns == 0) refuse(failure::usage, "one column of panels or more", "0");
    std::size_t count = 0;
    for (auto const& [title, values, first_row, height, range] : panels) {
        if (values.rows == 0 || values.columns == 0) refuse(failure::bad_data, "a value in every panel", "none");
        count += checked_product(values.rows, values.columns);
        if (range && !((*range)[0] < (*range)[1]))
            refuse(failure::usage, "a range that rises",
                   format_short((*range)[0]) + " to " + format_short((*range)[1]));
    }
    if (count > most_values) refuse(failure::bad_data, "at most 1,000,000 values", std::to_string(count));
    for (auto const& panel : panels)
        for (std::size_t r = 0; r < panel.values.rows; ++r)
            for (auto const value : panel.values.row(r))
                detail::check_coordinate(static_cast<double>(value), "matrix chart");
}

std::array<double, 2> range_of(matrix_panel const& panel) {
    if (panel.range) return *panel.range;
    auto least = panel.values(0, 0), most = least;
    for (std::size_t r = 0; r < panel.values.rows; ++r) {
        auto const [low, high] = std::ranges::minmax(panel.values.row(r));
        least = std::min(least, low);
        most = std::max(most, high);
    }
    return {static_cast<double>(least), static_cast<double>(most)};
}

/// The cells, of which neighbours in a row with one shade are one rectangle.
std::string cells(matrix_panel const& panel, std::array<double, 2> const& range, double x, double y, double width) {
    auto const& m = panel.values;
    auto const across = width / static_cast<double>(m.columns), down = panel.height / static_cast<double>(m.rows);
    auto const step_of = [&](std::size_t r, std::size_t c) {
        auto const share = range[1] > range[0] ? (static_cast<double>(m(r, c)) - range[0]) / (range[1] - range[0]) : 0;
        return static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * shades));
    };
    auto out = detail::box("rect", x, y, width, panel.height) + " fill=\"" + detail::shade(0) + "\"/>\n";
    for (std::size_t r = 0; r < m.rows; ++r)
        for (std::size_t c = 0; c < m.columns;) {
            auto const first = c, step = static_cast<std::size_t>(step_of(r, c));
            while (c < m.columns && static_cast<std::size_t>(step_of(r, c)) == step) ++c;
            if (step == 0) continue;
            out += detail::box("rect", x + across * static_cast<double>(first), y + down * static_cast<double>(r),
                               across * static_cast<double>(c - first), down)
                   + " fill=\"" + detail::shade(static_cast<double>(step) / shades) + "\"/>\n";
        }
    return out;
}

/// The numbers of rows and columns, at the middles of their cells.
std::string numbers(matrix_panel const& panel, double x, double y, double width) {
    std::string out;
    // Calls draw(place, label) for whole numbers of a range of cells.
    auto const each = [](std::size_t first, std::size_t count, double length, std::size_t ticks, auto draw) {
        auto const low = static_cast<double>(first), size = static_cast<double>(count);
        for (auto const& tick : detail::axis{low, low + size}.ticks(ticks))
            if (tick.value == std::floor(tick.value) && tick.value < low + size)
                draw(length * (tick.value - low + 0.5) / size, std::to_string(std::llround(tick.value)));
    };
    each(0, panel.values.columns, width, 8, [&](double at, std::string const& label) {
        out += detail::text_at(x + at, y + panel.height + 14, "text-anchor=\"middle\"", label);
    });
    auto const some = static_cast<std::size_t>(std::max(2.0, panel.height / 40));
    each(panel.first_row, panel.values.rows, panel.height, some, [&](double at, std::string const& label) {
        out += detail::text_at(x - 6, y + at + 4, "text-anchor=\"end\"", label);
    });
    return out;
}

std::string three_digits(double value) {
    std::array<char, 400> text{};
    std::snprintf(text.data(), text.size(), "%.3g", value);
    return text.data();
}

std::string drawn(matrix_panel const& panel, double x, double y, double width) {
    auto const range = range_of(panel);
    return detail::text_at(x, y - 8, "font-size=\"13\"", detail::shortened(panel.title, 40))
           + detail::text_at(x + width, y - 8, "text-anchor=\"end\" font-size=\"11\" fill=\"#666666\"",
                             three_digits(range[0]) + " to " + three_digits(range[1]))
           + "<g shape-rendering=\"crispEdges\">\n" + cells(panel, range, x, y, width) + "</g>\n"
           + detail::box("rect", x, y, width, panel.height) + " fill=\"none\" stroke=\"#444444\"/>\n"
           + "<g font-size=\"11\">\n" + numbers(panel, x, y, width) + "</g>\n";
}
}

std::string matrix_chart(std::span<matrix_panel const> panels, matrix_chart_options const& options) {
    check(panels, options);
    auto const title = detail::shortened(options.title, 60);
    auto const columns = std::min(options.columns, panels.size());
    auto const all_width =
        static_cast<double>(columns) * (left + options.width) + (static_cast<double>(columns) - 1) * between + 16;
    std::string out;
    double y = title.empty() ? 8 : 40;
    for (std::size_t first = 0; first < panels.size(); first += columns) {
        auto const row = panels.subspan(first, std::min(columns, panels.size() - first));
        double height = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            out += drawn(row[i], left + static_cast<double>(i) * (left + options.width + between), y + above - 12,
                         options.width);
            height = std::max(height, row[i].height);
        }
        y += above - 12 + height + below;
    }
    if (!options.x_label.empty())
        out += detail::text_at(all_width / 2, y + 8, "text-anchor=\"middle\" font-size=\"13\"",
                               detail::shortened(options.x_label, 60));
    auto head = detail::image_start(all_width, y + (options.x_label.empty() ? 4 : 20), title);
    if (!title.empty()) head += detail::text_at(all_width / 2, 26, "text-anchor=\"middle\" font-size=\"16\"", title);
    return head + out + "</svg>\n";
}
}
