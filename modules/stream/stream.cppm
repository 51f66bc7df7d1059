/// Generators, positions, lazy adaptors and stages: the flow of blocks from a source to a consumer.
export module wordmill.stream;
export import :adaptor;
export import :generator;
export import :parallel;
export import :position;
export import :reduce;
export import :stage;
export import :threads;
export import :workers;
