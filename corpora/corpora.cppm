/// Corpus readers, one format per file: each yields text blocks with positions.
export module wordmill.corpora;
export import :block_builder;
export import :lines;
export import :read_options;
export import :wikitext;
