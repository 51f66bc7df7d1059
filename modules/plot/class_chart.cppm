export module wordmill.plot:class_chart;
import wordmill.core;
import wordmill.standard;

// SVG images of points of classes, with the markers o, x and ^ in turn. They load nothing else; texts are as
// in `line_chart`. All memory is the host's.
namespace wordmill {
export struct class_chart_options {
    std::string title{};
    std::string x_label{};
    std::string y_label{};
    std::vector<std::string> class_names{}; ///< "class 3" for those that have none
};

/// Points [N, 2] and the class of each. `failure::bad_data` without a point, with more than 100,000 of them, and for
/// numbers that are not finite; `failure::usage` with both sizes when shapes differ.
export [[nodiscard]] std::string scatter_chart(matrix_view<float const> points, std::span<token_id const> classes,
                                               class_chart_options const& options = {});

/// A rectangle of the plane cut into cells, in whose middles a classifier is evaluated.
export struct plane_grid {
    double left = 0;
    double right = 1;
    double bottom = 0;
    double top = 1;
    std::size_t rows = 200;
    std::size_t columns = 200;

    /// The middles of the cells, [rows columns, 2], row after row from the bottom, x and y.
    [[nodiscard]] std::vector<float> middles() const;
};
/// Around points [N, 2], with a tenth of their range more on each side. Errors as in `scatter_chart`.
export [[nodiscard]] plane_grid grid_around(matrix_view<float const> points);

/// Draws the class of each cell as areas, and points of known classes, which may be none. Errors as in
/// `scatter_chart`.
export [[nodiscard]] std::string decision_map(plane_grid const& grid, std::span<token_id const> cell_classes,
                                              matrix_view<float const> points, std::span<token_id const> classes,
                                              class_chart_options const& options = {});
}
