/// Pages that show word vectors and training runs, and pictures of curves and classes: HTML and SVG files that need no
/// network.
export module wordmill.plot;
export import :class_chart;
export import :line_chart;
export import :page;
export import :word_map;
