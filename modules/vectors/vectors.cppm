/// Word vectors: the table, the file formats of the field, and questions to it and to the rows of sparse matrices.
export module wordmill.vectors;
export import :fasttext_model;
export import :files;
export import :find_word;
export import :nearest;
export import :neighbour_index;
export import :quantized_vectors;
export import :sparse_vectors;
export import :subword_vectors;
export import :vocabulary_vectors;
export import :word_vectors;
