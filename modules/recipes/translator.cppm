export module wordmill.recipes:translator;
import :seq2seq_folder;
import wordmill.batch;
import wordmill.core;
import wordmill.nn;
import wordmill.plot;
import wordmill.seq2seq;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// A target text that was found for a source text.
export struct translation {
    std::string text{};
    std::vector<std::string> tokens{};
    double score = 0; ///< see `decoded_target`
    double log_probability = 0;
    bool ended = false;
};

export struct translator_options {
    decoding_options decoding{};
    std::size_t batch = 64; ///< sources that are decoded side by side
    monitor watch{};        ///< may request a stop, which ends a translation after a batch with `failure::interrupted`
};

/// Maps texts to texts with a model. The model and its setup are borrowed. For one thread at a time.
export class translator {
public:
    /// `counts`: source tokens that the vocabulary lacks are noted in it. `failure::usage` for options out of range.
    translator(seq2seq_model<float>& model, sequence_setup const& setup, translator_options options = {},
               tally counts = {});

    /// The translations of each source, best first. A source without tokens has one, which is empty.
    [[nodiscard]] std::vector<std::vector<translation>> translate(std::span<std::string const> sources);
    /// The same for ids; pairs of ids and results keep their order. Decoded by length, so that little is padded.
    [[nodiscard]] std::vector<std::vector<decoded_target>> decode(std::span<std::vector<token_id> const> sources);
    /// What the decoder attends to while it reads `target`, whose last token is the end token. `failure::usage` for a
    /// model without attention and for a choice that it does not have, `failure::bad_data` for a text without tokens.
    [[nodiscard]] attention_pair attention(std::string const& source, std::string const& target,
                                           attention_choice const& choice = {});

    /// The tokens of each text, words outside the vocabulary as the unknown token or, without one, left out.
    [[nodiscard]] std::vector<std::vector<token_id>> source_ids(std::span<std::string const> texts) const;
    [[nodiscard]] std::vector<std::vector<token_id>> target_ids(std::span<std::string const> texts) const;
    [[nodiscard]] std::string target_text(std::span<token_id const> ids) const;
    [[nodiscard]] std::vector<std::string> target_tokens(std::span<token_id const> ids) const;
    /// The tokens of a text, whether the vocabulary has them or not.
    [[nodiscard]] std::vector<std::string> split_target(std::string const& text) const;

private:
    seq2seq_model<float>* model_;
    sequence_setup const* setup_;
    translator_options options_;
    tally counts_;
    tokenizer source_split_;
    tokenizer target_split_;
    tokenizer uncounted_split_; // for targets whose tokens are counted elsewhere
    sequence_marks source_marks_;
    sequence_marks target_marks_;
};
}
