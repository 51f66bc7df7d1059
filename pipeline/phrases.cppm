export module wordmill.pipeline:phrases;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// Scores how much more often two words follow each other than expected by chance. N = tokens of the corpus, p = count
/// / N.
export enum class phrase_score : std::uint8_t {
    mikolov, ///< (count(ab) - min_count) N / (count(a) count(b)): Mikolov et al. 2013, "Distributed Representations of
             ///< Words and Phrases", equation 6, scaled as word2phrase does. (gensim uses the number of types instead
             ///< of N.)
    pmi,     ///< ln(p(ab) / (p(a) p(b))): pointwise mutual information (Church and Hanks 1990), in nats
    npmi,    ///< pmi / -ln p(ab), from -1 (never together) to 1 (never apart): Bouma 2009
};

export struct phrase_options {
    phrase_score score = phrase_score::mikolov;
    std::optional<double> threshold{}; ///< phrases score more than this; default: 100 as in word2phrase, pmi 5, npmi
                                       ///< 0.5
    std::uint64_t min_count = 5;       ///< lowest count of a pair
};

/// Two words that form a phrase; each may itself be a phrase of an earlier pass.
export struct phrase {
    std::string first{};
    std::string second{};
    double score = 0;
    std::uint64_t count = 0; ///< count of the pair
    std::uint64_t first_count = 0;
    std::uint64_t second_count = 0;
    std::uint32_t pass = 1; ///< pass 1 joins words, pass 2 joins the results of pass 1, and so on
    [[nodiscard]] bool operator==(phrase const&) const = default;
};

/// The score of a pair. Impossible counts are a `failure::usage`.
export [[nodiscard]] double score_of(phrase_score score, phrase const& counts, std::uint64_t tokens,
                                     std::uint64_t min_count);

/// A table of phrases to join. A handle to immutable tables: copies share them, and any thread may read.
export class phrase_table {
public:
    /// A table without phrases.
    phrase_table();
    /// An empty word, and a pair that occurs twice in a pass, are a `failure::bad_data`.
    explicit phrase_table(std::vector<phrase> phrases, std::string delimiter = "_");

    [[nodiscard]] std::span<phrase const> phrases() const noexcept;
    [[nodiscard]] std::string_view delimiter() const noexcept; ///< between the words of a phrase
    [[nodiscard]] std::uint32_t passes() const noexcept;

private:
    friend class phrase_joiner;
    struct tables;
    std::shared_ptr<tables const> tables_;
};

/// A stage from words to words that joins the pairs of the table, pass after pass, each from left to right and without
/// overlap, as word2phrase does. A phrase never crosses a sentence end, nor the border of a block inside a sentence
/// longer than a block. A value; safe on many threads at once.
export class phrase_joiner {
public:
    struct scratch {
        std::vector<token_id> ids;
    };
    /// `counts`: "token", dropped as "joined to the one before"; give tokenizer and consumer the same tally.
    explicit phrase_joiner(phrase_table table, tally counts = {});
    [[nodiscard]] word_block operator()(word_block block, scratch& space) const;
    void join(word_block& block, scratch& space) const;

private:
    phrase_table table_;
    tally counts_;
};

/// `words | parallel(join_phrases(table))`.
export [[nodiscard]] phrase_joiner join_phrases(phrase_table table, tally counts = {});
/// A tokenizer that also joins phrases, for every function that takes a tokenizer: `count_words`, `encode`, ...
export [[nodiscard]] tokenizer join_phrases(tokenizer split, phrase_table table, tally counts = {});

/// How often each pair of words of a vocabulary occurs in sequence.
export struct phrase_counts {
    vocabulary words{};
    counted_words pairs{};    ///< each word is 8 bytes: both ids, big-endian
    std::uint64_t tokens = 0; ///< tokens of the corpus, including those outside the vocabulary
};

/// Counts pairs of consecutive words in a sentence, both in the vocabulary. Works like `count_words`: exactly, on
/// several threads, within the memory budget, spilling the rest to disk; the result depends on none of these. The
/// option `prune_at` is ignored. Pairs across the border of a block inside a sentence are neither counted nor joined.
export [[nodiscard]] phrase_counts count_phrases(generator<text_block> text, tokenizer split, vocabulary words,
                                                 count_options options = {});

/// The pairs that score more than the threshold, by falling score, then bytes.
export [[nodiscard]] std::vector<phrase> find_phrases(phrase_counts const& counts, phrase_options const& options = {},
                                                      std::uint32_t pass = 1);

/// Writes one line for each phrase, in columns separated by tabs: phrase, first word, second word, score (6 digits),
/// count of the pair, of the first and of the second word, pass. Words are escaped as in a vocabulary file (\t \n \r
/// \\).
export [[nodiscard]] std::string format_phrases(phrase_table const& table);
/// The inverse of `format_phrases`. Strict: an error is a `failure::bad_data` with `file` and the line. The delimiter
/// is inferred from the phrases. An empty text gives an empty table.
export [[nodiscard]] phrase_table parse_phrases(std::string_view text, std::string const& file = {});
/// Writes the text form, atomically.
export void save_phrases(phrase_table const& table, std::string const& path, output_options const& options = {});
/// Reads the text form from a file, compressed or not.
export [[nodiscard]] phrase_table load_phrases(std::string const& path);
/// XXH3 of the text form. Never 0.
export [[nodiscard]] std::uint64_t fingerprint(phrase_table const& table);
}
