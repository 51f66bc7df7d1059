/// Corpus readers, one for each format, which yield text blocks with positions; and a generator of artificial text.
export module wordmill.corpora;
export import :arrow;
export import :block_builder;
export import :generated_pairs;
export import :jsonl;
export import :lines;
export import :parquet;
export import :ptb;
export import :read_pairs;
export import :read_corpus;
export import :read_options;
export import :synthetic_language;
export import :synthetic_truth;
export import :wikipedia;
export import :wikitext;
