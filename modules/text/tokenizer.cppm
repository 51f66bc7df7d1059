export module wordmill.text:tokenizer;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import :blocks;

namespace wordmill {
/// How a token of more than `token_limit::max_bytes` is handled.
export enum class long_token {
    keep,  ///< delivered as it is
    cut,   ///< its beginning is delivered, cut at a character border; noted as "long token cut"
    drop,  ///< left out, counted as a dropped "token", "too long"
    error, ///< `failure::bad_data` naming the sentence
};
export inline constexpr named_value<long_token> long_token_names[] = {
    {"keep", long_token::keep}, {"cut", long_token::cut}, {"drop", long_token::drop}, {"error", long_token::error}};

/// The longest token, for every tokenizer. A token of more than 1 MiB that a reader cut (`text_block::cut_token`)
/// counts as one long token: the policy applies to its first piece, and the other pieces are dropped.
export struct token_limit {
    std::size_t max_bytes = 4096;
    long_token on_long = long_token::cut;
    tally counts{}; ///< "token": counts read and dropped tokens; the consumer of the words counts delivered ones
};

/// A stage that splits a block into words. A value; safe on many threads at once. Index, sentence and document numbers
/// and the header are kept. Every '\n' ends a sentence.
export class tokenizer {
public:
    /// One way of splitting. `split` sets `text`, `words`, `sentence_ends` and `document_ends` of `out`, which are
    /// empty but keep their capacity; the tokenizer copies everything else. Called by many threads at once.
    class method {
    public:
        virtual ~method() = default;
        virtual void split(text_block&& in, word_block& out) const = 0;
        /// See `tokenizer::description`.
        [[nodiscard]] virtual note_map description() const = 0;
        /// See `tokenizer::join`. By default the words with blanks between them.
        [[nodiscard]] virtual std::string join(std::span<std::string_view const> words) const;
    };
    explicit tokenizer(std::shared_ptr<method const> splitting) : method_(std::move(splitting)) {}

    [[nodiscard]] word_block operator()(text_block&& in) const;
    [[nodiscard]] word_block operator()(text_block const& in) const;
    /// As above, into `out`, whose buffers are reused; `in` may receive the old ones.
    void operator()(text_block&& in, word_block& out) const;

    /// Everything that decides the words, by the names of the command's options: two tokenizers with the same
    /// description split alike. A file that one was made from stands with its fingerprint, not its path.
    [[nodiscard]] note_map description() const;

    /// The text of a sentence that this tokenizer splits into `words`, for output: words of text have a blank between
    /// them, characters and graphemes nothing, and the pieces of SentencePiece are decoded by its model. What splitting
    /// removed stays lost, such as upper case, or the blanks between characters when they are not kept.
    [[nodiscard]] std::string join(std::span<std::string_view const> words) const;

private:
    std::shared_ptr<method const> method_;
};

/// Splits at space, tab and newline and removes carriage returns, as ReadWord of word2vec.c does (Mikolov 2013,
/// revision 42); every other byte is data. Differences from word2vec.c: words are cut by `limit`, not at 98 bytes; NUL
/// is data, not the end of a string; the last word counts even without a newline after it; a newline is a sentence end,
/// not a word "</s>".
export [[nodiscard]] tokenizer whitespace_tokenizer(token_limit limit = {});

/// Splits as `preprocess` in Saito 2018, "Deep Learning from Scratch 2": lower case, '.' becomes " .", split at blanks.
/// "You say goodbye and I say hello." has 8 tokens of 7 types, "U.S." the tokens "u", ".s" and ".". Lower case is
/// Unicode's in the root locale, as in Python. Differences from `split(' ')`: consecutive blanks make no empty tokens,
/// and tab and carriage return separate words like a space. Bytes that are not UTF-8 become U+FFFD, noted as "invalid
/// UTF-8 replaced".
export [[nodiscard]] tokenizer book_tokenizer(token_limit limit = {});

/// Unicode normalisation forms (UAX #15). A run of more than 1000 combining marks gets a U+034F after each 1000.
export enum class normal_form {
    none,
    nfc,  ///< canonical: a letter and its accent become one character
    nfkc, ///< compatibility as well: half-width kana, ligatures and superscripts become ordinary characters
};
export inline constexpr named_value<normal_form> normal_form_names[] = {
    {"none", normal_form::none}, {"nfc", normal_form::nfc}, {"nfkc", normal_form::nfkc}};

/// How upper case is handled, in the root locale; the user's language has no influence.
export enum class letter_case {
    keep,
    lower, ///< full lower-casing, with the final sigma
    fold,  ///< full case folding: "Straße" and "STRASSE" become one
};
export inline constexpr named_value<letter_case> letter_case_names[] = {
    {"keep", letter_case::keep}, {"lower", letter_case::lower}, {"fold", letter_case::fold}};

export struct unicode_options {
    normal_form form = normal_form::nfc;
    letter_case letters = letter_case::lower;
    bool keep_numbers = true;      ///< words of digits without a letter
    bool keep_punctuation = false; ///< also symbols and emoji; white space is never a token
};

/// Splits words by UAX #29 as implemented by the installed ICU, with its dictionaries for Chinese, Japanese, Thai, Lao,
/// Khmer and Burmese. Hangul is separated from digits and Latin letters. Words that the options exclude count as
/// dropped "token", "number" or "punctuation". Bytes that are not UTF-8 become U+FFFD. A combining mark after a blank
/// is a separate word, so that text may be cut at any space. Where a reader cuts a run of more than 1 MiB without a
/// space, a word may be split in two. Throws `failure::unavailable` when ICU lacks its data.
export [[nodiscard]] tokenizer unicode_words(unicode_options options = {}, token_limit limit = {});

/// The unit that counts as a character.
export enum class character_unit {
    code_point,
    grapheme, ///< a user-perceived character: a letter with its marks, a syllable of jamo, an emoji sequence (UAX #29)
};

export struct character_options {
    character_unit unit = character_unit::code_point;
    bool keep_blanks = false; ///< white space is a token too, except the newline
    normal_form form = normal_form::none;
    letter_case letters = letter_case::keep;
};

/// Every character is a token. Carriage returns are blanks. Cuts and faults as for `unicode_words`.
export [[nodiscard]] tokenizer characters(character_options options = {}, token_limit limit = {});

/// Splits each sentence into the pieces of a SentencePiece model (Kudo and Richardson 2018). Throws `failure::no_input`
/// when the model cannot be read, `failure::bad_data` when the file is not a model, and `failure::unavailable` naming
/// the package when Wordmill was built without SentencePiece.
export [[nodiscard]] tokenizer sentencepiece(std::string const& model_path, token_limit limit = {});

/// True when Wordmill was built with SentencePiece.
export [[nodiscard]] bool sentencepiece_available() noexcept;

/// Options of `tokenizer_named`; each tokenizer uses its own member. "graphemes" uses `characters` except for the unit.
export struct tokenizer_options {
    token_limit limit{};
    unicode_options unicode{};
    character_options characters{};
};

/// The tokenizer called "whitespace", "book", "unicode", "characters" (as `characters.unit` says), "graphemes" or
/// "sentencepiece:PATH"; `failure::usage` with these names for any other.
export [[nodiscard]] tokenizer tokenizer_named(std::string_view name, tokenizer_options const& options = {});

/// The names that `tokenizer_named` takes.
export [[nodiscard]] std::vector<std::string> tokenizer_names();
}
