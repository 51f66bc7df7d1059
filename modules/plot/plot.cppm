/// Pages that show word vectors and training runs: one HTML file each, which needs no network.
export module wordmill.plot;
export import :page;
export import :principal_components;
export import :word_map;
