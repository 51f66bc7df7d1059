/// Corpus readers, one format per file: each yields text blocks with positions; and an artificial language.
export module wordmill.corpora;
export import :block_builder;
export import :jsonl;
export import :lines;
export import :parquet;
export import :ptb;
export import :read_corpus;
export import :read_options;
export import :synthetic_language;
export import :synthetic_truth;
export import :wikipedia;
export import :wikitext;
