/// The stages between text and models: encoding words as ids, encoded corpora, subsampling, windows, negative samples,
/// lanes, batches of pairs.
export module wordmill.pipeline;
export import :any_corpus;
export import :bptt;
export import :encode;
export import :encode_pairs;
export import :encoded_corpus;
export import :kept_borders;
export import :negatives;
export import :noise;
export import :pairs;
export import :phrases;
export import :remembered_text;
export import :sequence_batches;
export import :spooled_text;
export import :stored_ids;
export import :subsample;
export import :windows;
export import wordmill.batch;
export import wordmill.stream;
export import wordmill.text;
