module;
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.plot;
import :drawing;
import :line_chart;
import wordmill.core;
import wordmill.io;

namespace wordmill {
namespace {
constexpr std::size_t most_points = 2000;

struct extent {
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    void add(double value) noexcept {
        least = std::min(least, value);
        most = std::max(most, value);
    }
};

double x_of(chart_curve const& curve, std::size_t i) { return curve.x.empty() ? static_cast<double>(i) : curve.x[i]; }

void check(chart_curve const& curve, bool logarithmic) {
    auto const what = "line chart" + (curve.name.empty() ? "" : " '" + curve.name + "'");
    auto const refuse = [&](std::string const& message) { throw error(failure::bad_data, what + ": " + message); };
    if (curve.y.empty()) refuse("expected a point, found none");
    if (!curve.x.empty() && curve.x.size() != curve.y.size())
        refuse("expected as many x as y, found " + std::to_string(curve.x.size()) + " and "
               + std::to_string(curve.y.size()));
    for (auto const y : curve.y) {
        detail::check_coordinate(y, what);
        if (logarithmic && !(y >= 1e-300))
            refuse("expected values above 0 on a logarithmic axis, found " + std::to_string(y));
    }
    for (auto const x : curve.x) detail::check_coordinate(x, what);
    if (auto const falls = std::ranges::is_sorted_until(curve.x); falls != curve.x.end())
        refuse("expected x that do not fall, found " + std::to_string(*falls) + " after "
               + std::to_string(*(falls - 1)));
}

detail::axis y_axis(extent const& y, line_chart_options const& options) {
    if (!options.ylim) {
        auto around = detail::axis_around(y.least, y.most, 0.05, options.log_y);
        if (y.least >= 0 && !options.log_y) around.low = std::max(around.low, 0.0);
        return around;
    }
    auto const [low, high] = *options.ylim;
    detail::check_coordinate(low, "line chart, ylim");
    detail::check_coordinate(high, "line chart, ylim");
    if (!(low < high) || (options.log_y && low <= 0))
        throw error(failure::usage, std::string("line chart, ylim: expected limits that rise")
                                        + (options.log_y ? " and are above 0" : "") + ", found " + std::to_string(low)
                                        + " and " + std::to_string(high));
    return {.low = low, .high = high, .logarithmic = options.log_y};
}

/// The points that are drawn, by number.
std::vector<std::size_t> drawn(chart_curve const& curve, detail::frame const& f) {
    auto const n = curve.y.size();
    std::vector<std::size_t> kept;
    if (n <= most_points) {
        for (std::size_t i = 0; i < n; ++i) kept.push_back(i);
        return kept;
    }
    auto const column = [&](std::size_t i) { return std::floor(f.across(x_of(curve, i))); };
    for (std::size_t first = 0, end = 0; first < n; first = end) {
        auto least = first, most = first;
        for (end = first; end < n && column(end) == column(first); ++end) {
            if (curve.y[end] < curve.y[least]) least = end;
            if (curve.y[end] > curve.y[most]) most = end;
        }
        for (auto const i : {first, std::min(least, most), std::max(least, most), end - 1})
            if (kept.empty() || kept.back() != i) kept.push_back(i);
    }
    return kept;
}

std::string stroke(std::size_t number) {
    std::string const dashes = number < 7    ? ""
                               : number < 14 ? " stroke-dasharray=\"6 4\""
                                             : " stroke-dasharray=\"1 4\"";
    return "fill=\"none\" stroke=\"" + std::string(detail::colour(number))
           + "\" stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\"" + dashes;
}

std::string drawing_of(chart_curve const& curve, std::size_t number, detail::frame const& f) {
    auto const at = [&](std::size_t i) {
        // Far outside, where it makes no difference, numbers need not be long.
        auto const down = std::clamp(f.down(curve.y[i]), -1e5, 1e5);
        return std::array{detail::pixels(f.across(x_of(curve, i))), detail::pixels(down)};
    };
    if (curve.y.size() == 1) {
        auto const [across, down] = at(0);
        return "<circle cx=\"" + across + "\" cy=\"" + down + "\" r=\"3\" fill=\"" + std::string(detail::colour(number))
               + "\"/>\n";
    }
    std::string path;
    for (auto const i : drawn(curve, f)) {
        auto const [across, down] = at(i);
        path += (path.empty() ? "M" : "L") + across + " " + down;
    }
    return "<path " + stroke(number) + " d=\"" + path + "\"/>\n";
}
}

std::string line_chart(std::span<chart_curve const> curves, line_chart_options const& options) {
    if (curves.empty()) throw error(failure::bad_data, "line chart: expected a curve, found none");
    extent x, y;
    for (auto const& curve : curves) {
        check(curve, options.log_y);
        x.add(x_of(curve, 0));
        x.add(x_of(curve, curve.y.size() - 1));
        for (auto const value : curve.y) y.add(value);
    }
    detail::frame const f{.x = detail::axis_around(x.least, x.most, 0), .y = y_axis(y, options)};
    std::string content;
    std::vector<detail::legend_entry> legend;
    for (std::size_t i = 0; i < curves.size(); ++i) {
        content += drawing_of(curves[i], i, f);
        if (curves.size() > 1 || !curves[i].name.empty())
            legend.push_back({curves[i].name, "<path " + stroke(i) + " d=\"M-12 0h24\"/>"});
    }
    return f.picture({options.title, options.x_label, options.y_label}, content, legend);
}

void save_svg(std::string const& path, std::string const& image) {
    output_file out(path, {.overwrite = true});
    out.write(image);
    out.commit();
}
}
