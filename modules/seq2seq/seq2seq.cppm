/// Sequence-to-sequence models: encoder, decoder, attention, training and beam search.
export module wordmill.seq2seq;
export import :decoding;
export import :model;
export import :model_file;
export import :options;
export import :training;
