export module wordmill.recipes:sequence_text;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// How one side of pairs is split into tokens, and how tokens become text again. White space is kept where characters
/// are tokens, and punctuation where words are.
export struct sequence_text {
    std::string tokenizer = "characters"; ///< a name that `tokenizer_named` takes
    letter_case letters = letter_case::keep;
    normal_form form = normal_form::none;
    std::size_t max_token_bytes = 4096; ///< longer tokens are cut

    /// Errors are those of `tokenizer_named`.
    [[nodiscard]] wordmill::tokenizer split(tally const& counts = {}) const;
    /// The path of the SentencePiece model; empty for other tokenizers.
    [[nodiscard]] std::string sentencepiece_model() const;

    /// Adds the options to the notes of a model, under names that begin with `side`, and reads them back.
    /// `failure::bad_data` for a note that is missing or not valid.
    void describe(std::string const& side, note_map& notes) const;
    [[nodiscard]] static sequence_text of(std::string const& side, note_map const& notes, std::string const& file);
    [[nodiscard]] bool operator==(sequence_text const&) const = default;
};
}
