/// Word vectors: the table, the file formats of the field, and questions to it.
export module wordmill.vectors;
export import :fasttext_model;
export import :files;
export import :nearest;
export import :neighbour_index;
export import :quantized_vectors;
export import :word_vectors;
