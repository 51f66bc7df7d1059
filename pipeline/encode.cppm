export module wordmill.pipeline:encode;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How a word outside the vocabulary is handled.
export enum class unknown_words {
    automatic, ///< `map` when the vocabulary has an unknown word, else `drop`
    map,       ///< becomes the vocabulary's unknown word; noted as "unknown word mapped"
    drop,      ///< left out; counted as a dropped "token", "unknown"
};

export struct encode_options {
    unknown_words unknown = unknown_words::automatic;
    tally counts{}; ///< "token": delivered, dropped; give the tokenizer the same tally
};

/// A stage from words to ids. A value; safe on many threads at once.
export class word_encoder {
public:
    /// Mapping unknown words with a vocabulary that has no unknown word is a `failure::usage`.
    word_encoder(vocabulary words, encode_options options);
    /// Sentence and document ends are kept, also around dropped words, so a sentence may become empty.
    [[nodiscard]] token_block operator()(word_block const& block) const;

private:
    vocabulary words_;
    encode_options options_;
    std::optional<token_id> unknown_;
};

/// A stage from text to ids: a tokenizer and a `word_encoder` in one, without word blocks in between.
export class text_encoder {
public:
    struct scratch {
        word_block words;
    };
    text_encoder(tokenizer split, word_encoder encoder);
    [[nodiscard]] token_block operator()(text_block&& block, scratch& space) const;

private:
    tokenizer split_;
    word_encoder encoder_;
};

/// `words | parallel(encode(vocabulary))`.
export [[nodiscard]] word_encoder encode(vocabulary words, encode_options options = {});
/// `text | parallel(encode(whitespace_tokenizer(), vocabulary), {.threads = 2})`.
export [[nodiscard]] text_encoder encode(tokenizer split, vocabulary words, encode_options options = {});
}
