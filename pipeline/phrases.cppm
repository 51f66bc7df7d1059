export module wordmill.pipeline:phrases;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How much more often two words follow each other than chance has it. N = tokens of the corpus, p = count / N.
export enum class phrase_score : std::uint8_t {
    mikolov, ///< (count(ab) - min_count) N / (count(a) count(b)): Mikolov et al. 2013, "Distributed Representations of
             ///< Words and Phrases", equation 6, scaled as word2phrase does. (gensim takes the types, not N.)
    pmi,     ///< ln(p(ab) / (p(a) p(b))): pointwise mutual information (Church and Hanks 1990), in nats
    npmi,    ///< pmi / -ln p(ab), from -1 (never together) to 1 (never apart): Bouma 2009
};

export struct phrase_options {
    phrase_score score = phrase_score::mikolov;
    std::optional<double> threshold{}; ///< phrases score more; by default 100 (as word2phrase), pmi 5, npmi 0.5
    std::uint64_t min_count = 5;       ///< of the pair
};

/// Two words that belong together, or phrases of an earlier pass.
export struct phrase {
    std::string first{};
    std::string second{};
    double score = 0;
    std::uint64_t count = 0; ///< of the pair
    std::uint64_t first_count = 0;
    std::uint64_t second_count = 0;
    std::uint32_t pass = 1; ///< 1 joins words, 2 what 1 has made, and so on
    [[nodiscard]] bool operator==(phrase const&) const = default;
};

/// `failure::usage` for counts that cannot be.
export [[nodiscard]] double score_of(phrase_score score, phrase const& counts, std::uint64_t tokens,
                                     std::uint64_t min_count);

/// Phrases, ready to be joined. A handle to immutable tables: copies share them, any thread may read.
export class phrase_table {
public:
    /// No phrases.
    phrase_table();
    /// `failure::bad_data` for an empty word or a pair that comes twice in a pass.
    explicit phrase_table(std::vector<phrase> phrases, std::string delimiter = "_");

    [[nodiscard]] std::span<phrase const> phrases() const noexcept;
    [[nodiscard]] std::string_view delimiter() const noexcept; ///< between the words of a phrase
    [[nodiscard]] std::uint32_t passes() const noexcept;

private:
    friend class phrase_joiner;
    struct tables;
    std::shared_ptr<tables const> tables_;
};

/// A stage from words to words: pairs of the table become one word, pass after pass, each from left to right and
/// without overlap, as word2phrase does. No phrase goes over a sentence end, nor over the border of a block in a
/// sentence longer than one. A value; safe on many threads at once.
export class phrase_joiner {
public:
    struct scratch {
        std::vector<token_id> ids;
    };
    /// `counts`: "token", dropped as "joined to the one before"; give tokenizer and consumer the same one.
    explicit phrase_joiner(phrase_table table, tally counts = {});
    [[nodiscard]] word_block operator()(word_block block, scratch& space) const;
    void join(word_block& block, scratch& space) const;

private:
    phrase_table table_;
    tally counts_;
};

/// `words | parallel(join_phrases(table))`.
export [[nodiscard]] phrase_joiner join_phrases(phrase_table table, tally counts = {});
/// A tokenizer that finds the phrases too, for whatever takes a tokenizer: `count_words`, `encode`, ...
export [[nodiscard]] tokenizer join_phrases(tokenizer split, phrase_table table, tally counts = {});

/// How often words of a vocabulary follow each other.
export struct phrase_counts {
    vocabulary words{};
    counted_words pairs{};    ///< each 8 bytes: the ids of both words, big-endian
    std::uint64_t tokens = 0; ///< of the corpus, those outside the vocabulary included
};

/// Counts the pairs of words that follow each other in a sentence, both in the vocabulary, in the way of
/// `count_words`: exact, on several threads, within the budget, spilling what is beyond it; the result depends on
/// none of these. Of the options `sentence_end` and `prune_at` have no meaning here. Pairs over the border of a block
/// inside a sentence are not counted, nor joined.
export [[nodiscard]] phrase_counts count_phrases(generator<text_block> text, tokenizer split, vocabulary words,
                                                 count_options options = {});

/// The pairs that score more than the threshold, by falling score, then bytes.
export [[nodiscard]] std::vector<phrase> find_phrases(phrase_counts const& counts, phrase_options const& options = {},
                                                      std::uint32_t pass = 1);

/// A line for each phrase: phrase, first word, second word, score (6 digits), count of the pair, of the first and of
/// the second word, pass; tabs between, words escaped as in a vocabulary file (\t \n \r \\).
export [[nodiscard]] std::string format_phrases(phrase_table const& table);
/// The inverse, strict: `failure::bad_data` with `file` and the line. The delimiter is what stands between the words of
/// the phrases. No lines are no phrases.
export [[nodiscard]] phrase_table parse_phrases(std::string_view text, std::string const& file = {});
/// Writes the text form, atomically.
export void save_phrases(phrase_table const& table, std::string const& path, output_options const& options = {});
/// Reads the text form from a file, compressed or not.
export [[nodiscard]] phrase_table load_phrases(std::string const& path);
/// XXH3 of the text form. Never 0.
export [[nodiscard]] std::uint64_t fingerprint(phrase_table const& table);
}
