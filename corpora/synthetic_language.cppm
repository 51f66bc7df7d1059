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
    double one_use_share = 0;     ///< share of tokens that are words that occur once, in addition to `types`; 0 to 1
};

/// The meaning of an inflected word: the features that determine its contexts. Similar words share features. The
/// planted analogies are formed by the four forms of a (topic, role).
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
/// steps, because the words of a block of ranks share its weight. Which word of a block is used depends on the topic,
/// role and form of the sentence. Frequencies therefore say nothing about the relations; only contexts do.
///   ranks       blocks of  word of the block chosen by
///   0 - 31      1          nothing: function words
///   32 - 95     16         kind and form: markers of tense, number, ...
///   96 - 191    16         role
///   192 - 255   8          field (8 topics make a field)
///   256 - 1279  64         topic
///   1280 - 5375 4096       topic, role and form: the inflected words, stem and ending
///   5376 -      64         topic
/// One token in 8 is drawn with its own random topic, role and form (noise), and two in 8 with another topic of the
/// field. A document has a field, and three in four of its sentences have a topic of that field. If the language has
/// fewer types than a block needs, the words of the block do not depend on the features.
///
/// Text comes in chapters of 96 sentences and 2,160 tokens: sentences have 5 to 40 words, uniformly, and two successive
/// ones have 45 together. A chapter is a pure function of the options and its number, so any chapter can be generated
/// without the earlier ones. A handle to immutable tables of a few KB, regardless of `types`: copies share them, and
/// any thread may read.
export class synthetic_language {
public:
    /// Options out of range are a `failure::usage`.
    explicit synthetic_language(language_options options = {});

    [[nodiscard]] language_options const& options() const noexcept;
    /// The word of rank `rank`. A rank from `types` on gives the one-use word of token number `rank - types`.
    [[nodiscard]] std::string word(std::uint64_t rank) const;
    /// The expected share of the word of rank `rank` among all tokens; 0 from `types` on.
    [[nodiscard]] double share(std::uint64_t rank) const;
    /// The rank of an inflected word; none when the language has too few types for inflected words.
    [[nodiscard]] std::optional<std::uint64_t> rank(word_meaning const& meaning) const;
    /// The inverse of `rank`: none for words that are not inflected.
    [[nodiscard]] std::optional<word_meaning> meaning(std::uint64_t rank) const;
    /// The topic of a word; none unless the word is inflected or chosen by topic.
    [[nodiscard]] std::optional<std::uint32_t> topic(std::uint64_t rank) const;

    static constexpr std::uint64_t chapter_sentences = 96;
    static constexpr std::uint64_t chapter_tokens = 2160;

    /// Appends chapter `chapter` to the block. Words are separated by one space, and each sentence is closed by '\n'.
    /// Also appends its document ends; the end of the chapter is one. The first `skip` sentences are left out. If
    /// `tokens` is less than the chapter has, the text is cut after that many tokens, counted from the start of the
    /// chapter. Returns the sentences appended.
    std::uint64_t append_chapter(text_block& block, std::uint64_t chapter, std::uint64_t tokens = chapter_tokens,
                                 std::uint64_t skip = 0) const;

    struct tables;

private:
    std::shared_ptr<tables const> tables_;
};

export struct synthetic_text_options {
    std::uint64_t tokens = 20'000'000; ///< exact; the last sentence is cut if necessary
    position from{};                   ///< `record` counts sentences; {.record = 96 * c} is chapter c
    std::size_t block_bytes = 1 << 16; ///< approximate bytes of text per block; from 20,000 on, blocks are whole
                                       ///< chapters
};

/// Generates `options.tokens` tokens of text in the language, in constant memory. Blocks depend only on the language,
/// `tokens` and `block_bytes`. `start` and `next` hold the numbers of earlier sentences (`record`) and blocks, so
/// resuming there regenerates at most one chapter. A position of another language or `block_bytes` is a
/// `failure::usage`.
export generator<text_block> synthetic_text(synthetic_language language, synthetic_text_options options = {});

/// A block as plain text: documents separated by a blank line. Throws only bad_alloc.
export [[nodiscard]] std::string plain_text(text_block const& block);
}
