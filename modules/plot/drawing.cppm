module wordmill.plot:drawing;
import wordmill.standard;

// Parts that all images share; lengths are in pixels.
namespace wordmill::detail {
/// To a tenth of a pixel: "12", "12.5".
[[nodiscard]] std::string pixels(double value);
/// An element of text at a point, with more attributes: `text-anchor="middle"`.
[[nodiscard]] std::string text_at(double x, double y, std::string_view attributes, std::string_view content);
/// The beginning of an element with a place and a size; its tag is still open.
[[nodiscard]] std::string box(std::string_view element, double x, double y, double w, double h);
/// The beginning of an image with a white background; a title is what a browser shows for it.
[[nodiscard]] std::string image_start(double width, double height, std::string_view title);
/// Blue, vermilion, green, purple, orange, sky blue, black (Okabe & Ito 2008), which colour-blind readers can
/// distinguish; the colours repeat from the eighth on.
[[nodiscard]] std::string_view colour(std::size_t number) noexcept;

/// ColorBrewer's Blues (Brewer 2003), whose lightness falls evenly, from a share of 0 to 1.
[[nodiscard]] std::string shade(double share);

/// The range of an axis and its ticks.
struct axis {
    double low = 0;
    double high = 1;
    bool logarithmic = false;

    /// 0 at `low`, 1 at `high`; may be outside.
    [[nodiscard]] double part(double value) const;
    struct tick {
        double value;
        std::string label;
    };
    /// At round numbers, about `count` of them.
    [[nodiscard]] std::vector<tick> ticks(std::size_t count) const;
};
/// Around these values: `margin` times their range more on each side, a little where they are the same.
[[nodiscard]] axis axis_around(double least, double most, double margin, bool logarithmic = false);

/// `failure::bad_data` for a number that is not finite or beyond 1e300.
void check_coordinate(double value, std::string_view what);

struct legend_entry {
    std::string name;
    std::string sample; ///< drawn around (0, 0), 24 wide
};

/// The rectangle that coordinates belong to.
struct frame {
    axis x{};
    axis y{};
    double width = 500;
    double height = 300;
    static constexpr double left = 90;
    static constexpr double top = 50;

    [[nodiscard]] double across(double value) const { return left + width * x.part(value); }
    [[nodiscard]] double down(double value) const { return top + height * (1 - y.part(value)); }

    struct labels {
        std::string_view title, x, y;
    };
    /// The whole image: ticks and labels around `content`, clipped to the frame.
    [[nodiscard]] std::string picture(labels const& text, std::string const& content,
                                      std::vector<legend_entry> const& legend) const;
};
}
