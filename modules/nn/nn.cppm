export module wordmill.nn;
export import :operations;
export import :parameters;
export import :tensor;
