/// The stages between text and models: words to ids, and encoded corpora.
export module wordmill.pipeline;
export import :encode;
export import :encoded_corpus;
export import wordmill.stream;
export import wordmill.text;
