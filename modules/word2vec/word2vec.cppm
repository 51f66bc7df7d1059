/// word2vec: CBOW and skip-gram with negative sampling, on window batches.
export module wordmill.word2vec;
export import :checkpoint;
export import :model;
export import :reference;
export import :training;
export import :weights;
