/// Generators, positions and lazy adaptors: the flow of blocks from a source through stages to a consumer.
export module wordmill.stream;
export import :adaptor;
export import :generator;
export import :position;
