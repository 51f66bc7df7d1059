/// What stages hand to models: pipeline and models meet here and never import each other.
export module wordmill.batch;
export import :border_state;
export import :bptt_batch;
export import :pair_batch;
export import :sequence_batch;
export import :window_batch;
