export module wordmill.plot:matrix_chart;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A matrix as a picture of shaded cells, row 0 at the top.
export struct matrix_panel {
    std::string title{};
    matrix_view<float const> values{};
    std::size_t first_row = 0; ///< the number that row 0 is labelled with
    double height = 120;       ///< in pixels
    std::optional<std::array<double, 2>>
        range{}; ///< of the lightest and the darkest shade; by default that of the values
};

export struct matrix_chart_options {
    std::string title{};
    std::string x_label{};   ///< of the lowest panels
    std::size_t columns = 2; ///< panels side by side
    double width = 400;      ///< of a panel, in pixels
};

/// An SVG image of panels in rows, from left to right. Above a panel is its range. It loads nothing else; texts are as
/// in `line_chart`. `failure::bad_data` without a panel, for a panel without a value, for numbers that are not finite
/// and for more than 1,000,000 values in all; `failure::usage` for 0 columns and for a range that does not rise.
export [[nodiscard]] std::string matrix_chart(std::span<matrix_panel const> panels,
                                              matrix_chart_options const& options = {});
}
