/// The quality of word vectors: word similarity and analogies, compared with human judgement or a known truth.
export module wordmill.eval;
export import :analogies;
export import :correlation;
export import :similarities;
