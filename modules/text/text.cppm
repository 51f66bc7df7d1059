/// Blocks of text, words and ids; tokenisers; vocabularies.
export module wordmill.text;
export import :blocks;
export import :tokenizer;
export import :utf8;
