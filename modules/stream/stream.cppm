/// Generators, positions, lazy adaptors, stages and combiners: the flow of blocks from sources to a consumer.
export module wordmill.stream;
export import :adaptor;
export import :elements;
export import :generator;
export import :interleave;
export import :parallel;
export import :position;
export import :prefetch;
export import :reduce;
export import :shuffle;
export import :stage;
export import :take;
export import :timed;
export import :tasks;
export import :threads;
export import :workers;
