/// Language models: layers, training, perplexity, generated text.
export module wordmill.language_model;
export import :generation;
export import :model;
export import :model_file;
export import :perplexity;
export import :sampling;
export import :training;
export import wordmill.nn;
