/// How good word vectors are: word similarity and analogies against the judgement of people, or a known truth.
export module wordmill.eval;
export import :analogies;
export import :correlation;
export import :similarities;
