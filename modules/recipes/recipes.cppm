/// Recipes: from a corpus and options to a result that can be queried, saved and loaded. They are made of the public
/// parts of the modules below.
export module wordmill.recipes;
export import :arithmetic;
export import :cooccurrence;
export import :corpus;
export import :glove;
export import :language_evaluation;
export import :language_generation;
export import :language_model;
export import :language_model_folder;
export import :language_text;
export import :model_folder;
export import :option_names;
export import :pair_corpus;
export import :phrases;
export import :ppmi_svd;
export import :run_options;
export import :seq2seq;
export import :seq2seq_folder;
export import :sequence_evaluation;
export import :sequence_text;
export import :translator;
export import :word2vec;
