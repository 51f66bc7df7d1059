/// Pages that show word vectors, training runs and attention weights, and pictures of curves, classes and matrices:
/// HTML and SVG files that need no network.
export module wordmill.plot;
export import :attention_map;
export import :class_chart;
export import :line_chart;
export import :matrix_chart;
export import :page;
export import :word_map;
