/// word2vec and fastText: CBOW and skip-gram, with negative sampling or hierarchical softmax, on window batches.
export module wordmill.word2vec;
export import :cuda_learner;
export import :huffman;
export import :learner;
export import :model;
export import :on_cuda;
export import :reference;
export import :training;
export import :weights;
export import :weights_file;
