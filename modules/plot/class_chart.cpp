module;
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.plot;
import :class_chart;
import :drawing;
import wordmill.core;

namespace wordmill {
namespace {
using detail::pixels;
constexpr std::size_t most_points = 100'000;

[[noreturn]] void refuse(failure kind, std::string const& expected, std::string const& found) {
    throw error(kind, "class chart: expected " + expected + ", found " + found);
}

void check(matrix_view<float const> points) {
    if (points.columns != 2)
        refuse(failure::usage, "points of 2 coordinates", "points of " + std::to_string(points.columns));
    if (points.rows > most_points)
        refuse(failure::bad_data, "at most 100,000 points, for example a sample", std::to_string(points.rows));
    for (std::size_t i = 0; i < points.rows; ++i)
        for (auto const value : points.row(i)) detail::check_coordinate(static_cast<double>(value), "class chart");
}
void check(matrix_view<float const> points, std::span<token_id const> classes) {
    check(points);
    if (points.rows != classes.size())
        refuse(failure::usage, "a class for each of " + std::to_string(points.rows) + " points",
               std::to_string(classes.size()));
}

struct box {
    detail::axis x, y;
};
box box_around(matrix_view<float const> points, double margin) {
    if (points.rows == 0) refuse(failure::bad_data, "a point", "none");
    std::array<detail::axis, 2> axes;
    for (std::size_t d = 0; d < 2; ++d) {
        auto least = points(0, d), most = least;
        for (std::size_t i = 0; i < points.rows; ++i) {
            least = std::min(least, points(i, d));
            most = std::max(most, points(i, d));
        }
        axes[d] = detail::axis_around(static_cast<double>(least), static_cast<double>(most), margin);
    }
    return {axes[0], axes[1]};
}

/// A point of class `number`, as part of a path.
std::string marker(std::size_t number, double x, double y) {
    switch (number % 3) {
    case 0: return "M" + pixels(x - 3) + " " + pixels(y) + "a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z";
    case 1: return "M" + pixels(x - 3) + " " + pixels(y - 3) + "l6 6m0 -6l-6 6";
    default: return "M" + pixels(x) + " " + pixels(y - 4) + "l3.5 6.5h-7z";
    }
}
std::string markers(std::size_t number, std::string const& all) {
    auto const colour = std::string(detail::colour(number));
    auto const paint = number % 3 == 1 ? "fill=\"none\" stroke=\"" + colour + "\" stroke-width=\"1.8\""
                                       : "fill=\"" + colour + "\" stroke=\"#ffffff\" stroke-width=\"0.6\"";
    return "<path " + paint + " d=\"" + all + "\"/>";
}

/// A class: where it was found by a classifier, and its points.
struct drawn_class {
    std::string area{}, points{};
};
using drawn_classes = std::map<std::size_t, drawn_class>;

void add_points(drawn_classes& all, matrix_view<float const> points, std::span<token_id const> classes,
                detail::frame const& f) {
    for (std::size_t i = 0; i < points.rows; ++i) {
        auto const number = index(classes[i]);
        all[number].points +=
            marker(number, f.across(static_cast<double>(points(i, 0))), f.down(static_cast<double>(points(i, 1))));
    }
}

/// Runs of cells of one class in a row.
void add_areas(drawn_classes& all, plane_grid const& grid, std::span<token_id const> cells, detail::frame const& f) {
    auto const edge = [](double length, std::size_t i, std::size_t n) {
        return length * static_cast<double>(i) / static_cast<double>(n);
    };
    for (std::size_t r = 0; r < grid.rows; ++r) {
        auto const row = cells.subspan(r * grid.columns, grid.columns);
        auto const below = f.top + f.height - edge(f.height, r, grid.rows);
        auto const above = f.top + f.height - edge(f.height, r + 1, grid.rows);
        for (std::size_t from = 0, to = 0; from < grid.columns; from = to) {
            while (to < grid.columns && row[to] == row[from]) ++to;
            all[index(row[from])].area += "M" + pixels(f.left + edge(f.width, from, grid.columns)) + " " + pixels(below)
                                          + "H" + pixels(f.left + edge(f.width, to, grid.columns)) + "V" + pixels(above)
                                          + "H" + pixels(f.left + edge(f.width, from, grid.columns)) + "z";
        }
    }
}

std::string picture(drawn_classes const& all, detail::frame const& f, class_chart_options const& options) {
    std::string areas, points;
    std::vector<detail::legend_entry> legend;
    for (auto const& [number, drawn] : all) {
        auto const colour = std::string(detail::colour(number));
        std::string sample;
        if (!drawn.area.empty()) {
            auto const paint = "fill=\"" + colour + "\" fill-opacity=\"0.25\"";
            areas += "<path " + paint + " shape-rendering=\"crispEdges\" d=\"" + drawn.area + "\"/>\n";
            sample = "<rect x=\"-12\" y=\"-7\" width=\"24\" height=\"14\" " + paint + "/>";
        }
        if (!drawn.points.empty()) {
            points += markers(number, drawn.points) + "\n";
            sample += markers(number, marker(number, 0, 0));
        }
        legend.push_back(
            {number < options.class_names.size() ? options.class_names[number] : "class " + std::to_string(number),
             sample});
    }
    return f.picture({options.title, options.x_label, options.y_label}, areas + points, legend);
}
}

std::string scatter_chart(matrix_view<float const> points, std::span<token_id const> classes,
                          class_chart_options const& options) {
    check(points, classes);
    auto const around = box_around(points, 0.05);
    detail::frame const f{.x = around.x, .y = around.y, .width = 400, .height = 400};
    drawn_classes all;
    add_points(all, points, classes, f);
    return picture(all, f, options);
}

std::vector<float> plane_grid::middles() const {
    std::vector<float> out;
    out.reserve(checked_product(checked_product(rows, columns), 2));
    auto const middle = [](double from, double to, std::size_t i, std::size_t n) {
        return static_cast<float>(from + (to - from) * (static_cast<double>(i) + 0.5) / static_cast<double>(n));
    };
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t c = 0; c < columns; ++c) {
            out.push_back(middle(left, right, c, columns));
            out.push_back(middle(bottom, top, r, rows));
        }
    return out;
}

plane_grid grid_around(matrix_view<float const> points) {
    check(points);
    auto const around = box_around(points, 0.1);
    return {.left = around.x.low, .right = around.x.high, .bottom = around.y.low, .top = around.y.high};
}

std::string decision_map(plane_grid const& grid, std::span<token_id const> cell_classes,
                         matrix_view<float const> points, std::span<token_id const> classes,
                         class_chart_options const& options) {
    check(points, classes);
    for (auto const border : {grid.left, grid.right, grid.bottom, grid.top})
        detail::check_coordinate(border, "class chart, grid");
    if (!(grid.left < grid.right && grid.bottom < grid.top))
        throw error(failure::usage, "class chart, grid: expected a width and a height above 0");
    if (auto const cells = checked_product(grid.rows, grid.columns); cells == 0 || cell_classes.size() != cells)
        refuse(failure::usage, "a class for each of " + std::to_string(cells) + " cells, of which there is one or more",
               std::to_string(cell_classes.size()));
    detail::frame const f{.x = {.low = grid.left, .high = grid.right},
                          .y = {.low = grid.bottom, .high = grid.top},
                          .width = 400,
                          .height = 400};
    drawn_classes all;
    add_areas(all, grid, cell_classes, f);
    add_points(all, points, classes, f);
    return picture(all, f, options);
}
}
