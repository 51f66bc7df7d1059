export module wordmill.corpora:synthetic_language;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
export struct language_options {
    std::uint64_t seed = 1;
    std::uint64_t types = 50'000; ///< words that recur; 1 to 2^31
    double zipf_exponent = 1.0;   ///< 0 to 4
    double one_use_share = 0;     ///< this share of the tokens are words that occur once, on top of `types`; 0 to 1
};

/// The meaning of an inflected word: the features that its contexts show. Similar words share features; the four
/// forms of a (topic, role) are the corners of the planted analogies.
export struct word_meaning {
    std::uint32_t topic = 0; ///< 0 .. 63; field = topic / 8, kind of word = topic % 4
    std::uint32_t role = 0;  ///< 0 .. 15
    std::uint32_t form = 0;  ///< 0 .. 3

    [[nodiscard]] constexpr std::uint32_t field() const noexcept { return topic / 8; }
    /// 0 person, 1 place, 2 verb, 3 adjective.
    [[nodiscard]] constexpr std::uint32_t kind() const noexcept { return topic % 4; }
    [[nodiscard]] constexpr bool operator==(word_meaning const&) const noexcept = default;
};

/// An endless artificial language with planted relations, a pure function of its options.
///
/// Words have ranks 0 .. types - 1 and follow Zipf's law: the share of rank r falls as (r + 1)^-zipf_exponent, in
/// stairs, since the words of a block of ranks share its weight. Which word of a block is used depends on what the
/// sentence is about: a topic, a role and a form. So frequencies say nothing about the relations, and contexts do.
///   ranks       blocks of  word of the block chosen by
///   0 - 31      1          nothing: function words
///   32 - 95     16         kind and form: markers of tense, number, ...
///   96 - 191    16         role
///   192 - 255   8          field (8 topics make a field)
///   256 - 1279  64         topic
///   1280 - 5375 4096       topic, role and form: the inflected words, stem and ending
///   5376 -      64         topic
/// One token in 8 is drawn with a topic, role and form of its own (noise), two in 8 with another topic of the field.
/// A document is about a field; three of four of its sentences have a topic of that field. With fewer types than a
/// block needs, its words do not depend on the features.
///
/// Text comes in chapters of 96 sentences and 2,160 tokens: sentences have 5 to 40 words, evenly, two successive ones
/// 45. A chapter is a pure function of (options, its number), so any can be made without the ones before.
/// A handle to immutable tables of a few KB, whatever `types` is: copies share them, any thread may read.
export class synthetic_language {
public:
    /// Options out of range are a `failure::usage`.
    explicit synthetic_language(language_options options = {});

    [[nodiscard]] language_options const& options() const noexcept;
    /// The word of rank `rank`. A rank from `types` on gives the one-use word of token number `rank - types`.
    [[nodiscard]] std::string word(std::uint64_t rank) const;
    /// The expected share of all tokens that are the word of rank `rank`; 0 from `types` on.
    [[nodiscard]] double share(std::uint64_t rank) const;
    /// The rank of an inflected word; none when the language has too few types for them.
    [[nodiscard]] std::optional<std::uint64_t> rank(word_meaning const& meaning) const;
    /// The inverse of `rank`: none for words that are not inflected.
    [[nodiscard]] std::optional<word_meaning> meaning(std::uint64_t rank) const;
    /// The topic that a word belongs to: inflected words and the words chosen by topic.
    [[nodiscard]] std::optional<std::uint32_t> topic(std::uint64_t rank) const;

    static constexpr std::uint64_t chapter_sentences = 96;
    static constexpr std::uint64_t chapter_tokens = 2160;

    /// Appends chapter `chapter` to the block: sentences, words divided by one space, each closed by '\n'; and its
    /// document ends (the chapter's end is one). Of the sentences the first `skip` are left out; when `tokens` is less
    /// than the chapter has, the text is cut after that many (counted from the chapter's start). Returns the
    /// sentences appended.
    std::uint64_t append_chapter(text_block& block, std::uint64_t chapter, std::uint64_t tokens = chapter_tokens,
                                 std::uint64_t skip = 0) const;

    struct tables;

private:
    std::shared_ptr<tables const> tables_;
};

export struct synthetic_text_options {
    std::uint64_t tokens = 20'000'000; ///< exactly; the last sentence is cut where needed
    position from{};                   ///< `record` counts sentences; {.record = 96 * c} is chapter c
    std::size_t block_bytes = 1 << 16; ///< text per block, about; from 20,000 on, blocks are whole chapters
};

/// The language's text, `options.tokens` tokens of it, in constant memory. Blocks are a function of language, tokens
/// and `block_bytes` alone; `start` and `next` hold the number of sentences before (`record`) and of blocks, so
/// resuming there costs at most a chapter. A position of another language or `block_bytes` is a `failure::usage`.
export generator<text_block> synthetic_text(synthetic_language language, synthetic_text_options options = {});

/// A block as plain text: documents separated by a blank line. Throws only bad_alloc.
export [[nodiscard]] std::string plain_text(text_block const& block);
}
