/// Blocks of text, words and ids; tokenizers; vocabularies.
export module wordmill.text;
export import :blocks;
export import :counting;
export import :elements;
export import :json_text;
export import :listed_words;
export import :lower_case;
export import :pair_blocks;
export import :pair_counting;
export import :sentence_marks;
export import :sequence_vocabulary;
export import :subwords;
export import :text_start;
export import :tokenizer;
export import :utf8;
export import :vocabulary;
export import :vocabulary_file;
