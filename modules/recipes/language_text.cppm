export module wordmill.recipes:language_text;
import wordmill.core;
import wordmill.pipeline;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// The beginning of a text, for a language model to continue.
export struct language_prompt {
    std::vector<token_id> ids{};
    std::vector<std::string> unknown{}; ///< its words that the vocabulary lacks
};

/// How the text of a language model is split into tokens, and the word that marks the ends of its sentences. A model
/// reads every text as it read the one that it was trained on.
export struct language_text {
    std::string tokenizer = "whitespace"; ///< a name that `tokenizer_named` takes
    std::optional<normal_form> form{};    ///< if not given, that of the tokenizer
    std::optional<letter_case> letters{}; ///< likewise
    bool keep_punctuation = false;        ///< for Unicode words
    bool keep_blanks = false;             ///< for characters and graphemes
    std::size_t max_token_bytes = 4096;
    long_token on_long = long_token::cut;
    std::string sentence_end = "<eos>"; ///< empty: no word marks sentence ends

    /// Splits text and marks the ends of sentences. Errors are those of `tokenizer_named`.
    [[nodiscard]] wordmill::tokenizer split(tally const& counts = {}) const;
    /// The same for corpora. Errors are those of `split`, and come now.
    [[nodiscard]] tokenizer_maker splitting() const;
    /// Only marks the ends of sentences that consist of listed words (see `listed_words`).
    [[nodiscard]] tokenizer_maker marking() const;

    /// Adds these options to the notes of a model, and reads them back. An option without a note has its default.
    /// `failure::bad_data` for a note that is not valid.
    void describe(note_map& notes) const;
    [[nodiscard]] static language_text of(note_map const& notes, std::string const& file);

    /// The ids of a prompt. A word that the vocabulary lacks is read as its unknown word, or left out if it has none.
    /// An empty prompt begins a sentence: it is the mark of the end of the sentence before. `failure::bad_data` when
    /// all words are left out.
    [[nodiscard]] language_prompt prompt(std::string const& text, vocabulary const& words) const;
    [[nodiscard]] language_prompt prompt(std::span<std::string const> text, vocabulary const& words) const;

    /// Appends words to a text: with a blank before each, or without where the tokens are characters. A sentence end
    /// is a full stop and a new line, as the book prints it; among characters it is a new line.
    void append(std::string& text, std::span<std::string const> words) const;
    [[nodiscard]] bool operator==(language_text const&) const = default;
};
}
