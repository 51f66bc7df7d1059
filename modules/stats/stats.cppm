export module wordmill.stats;
export import :cooccurrence;
