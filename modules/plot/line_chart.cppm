export module wordmill.plot:line_chart;
import wordmill.standard;

namespace wordmill {
/// A line through points from left to right.
export struct chart_curve {
    std::string name{}; ///< beside the picture; or empty
    std::vector<double> y{};
    std::vector<double> x{}; ///< as many, none less than the one before; or empty: 0, 1, 2 ..
};

export struct line_chart_options {
    std::string title{};
    std::string x_label{};
    std::string y_label{};
    std::optional<std::array<double, 2>> ylim{}; ///< range of y that is shown; by default all
    bool log_y = false;
};

/// An SVG image that loads nothing else. Of a curve with more than 2,000 points, only the first, least, greatest and
/// last point in each column of pixels are drawn: the image looks the same and is small. Texts may hold any bytes (see
/// `to_html`) and are cut where they are too long. `failure::bad_data` without a point, for x and y of different
/// numbers, numbers that are not finite, x that fall, and y of 0 or less on a logarithmic axis; `failure::usage` for
/// limits that do not rise.
export [[nodiscard]] std::string line_chart(std::span<chart_curve const> curves,
                                            line_chart_options const& options = {});

/// Writes an image atomically and replaces an existing one.
export void save_svg(std::string const& path, std::string const& image);
}
