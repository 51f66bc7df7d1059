export module wordmill.text:counting;
import :blocks;
import :tokenizer;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// A type and how often it occurred. The view is valid until the next increment of the generator it came from.
export struct counted_word {
    std::string_view word{};
    std::uint64_t count = 0;
};

export struct count_options {
    std::uint64_t memory_bytes =
        0;                ///< budget of tables and merge buffers together; 0 = half of what the machine allows
    unsigned threads = 0; ///< 0 = as many as the machine allows
    std::filesystem::path temporary_folder{}; ///< for runs beyond the budget; empty = the system's
    std::uint64_t prune_at = 0; ///< if not 0, drop the rarest types above this many types, as word2vec does; counts of
                                ///< the others may then be too low. Counted as dropped tokens, reason "pruned"
    tally counts{};             ///< "token": delivered, dropped as "pruned"; give the tokenizer the same tally
    monitor progress{};         ///< receives the tokens of each block
};

/// The types of a corpus with their counts. A handle to immutable data (a table in memory, or runs on disk that last as
/// long as the handle): copies share it, and any thread may call its members.
export class counted_words {
public:
    /// An empty set of words.
    counted_words();
    /// The words by falling count, then bytes. Each call starts a new pass; the generator keeps the data alive.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<counted_word> words() const;
    [[nodiscard]] std::uint64_t types() const noexcept;
    /// Tokens counted: the sum of all counts.
    [[nodiscard]] std::uint64_t tokens() const noexcept;
    [[nodiscard]] std::uint64_t largest_count() const noexcept;
    /// The number of sorted runs written to disk; 0 when everything stayed in memory.
    [[nodiscard]] std::uint64_t spilled_runs() const noexcept;

private:
    friend class word_counter;
    struct contents;
    std::shared_ptr<contents const> contents_;
};

/// Counts words within a memory budget. For one thread at a time: give every worker its own counter, made by `sibling`,
/// then `combine` them. Counts are exact and do not depend on how the words were distributed among the workers.
export class word_counter {
public:
    /// Uses `memory_bytes` of the options (resolved) and ignores their `threads`.
    explicit word_counter(count_options options = {});
    word_counter(word_counter&&) noexcept;
    word_counter& operator=(word_counter&&) noexcept;
    ~word_counter();

    /// An empty counter for another worker, with the same options, that can be combined with this one.
    [[nodiscard]] word_counter sibling() const;

    /// Counts the words of a block. A run that does not fit on the disk is a `failure::io`; too little memory is a
    /// `failure::resource`.
    void add(word_block const& block);
    /// Counts one word `count` times, for example to merge earlier counts. The word must not be empty.
    void add(std::string_view word, std::uint64_t count = 1);

    [[nodiscard]] std::uint64_t tokens() const noexcept; ///< counted so far
    [[nodiscard]] std::uint64_t memory_bytes() const noexcept;

    [[nodiscard]] counted_words finish() &&;

private:
    struct state;
    explicit word_counter(std::unique_ptr<state> s) noexcept;
    friend counted_words combine(std::vector<word_counter> counters);
    std::unique_ptr<state> state_;
};

/// Combines the counts of one or more counters, which must be siblings. A sum beyond 2^64 - 1 is a `failure::bad_data`.
export [[nodiscard]] counted_words combine(std::vector<word_counter> counters);

/// Splits text into words and counts them, on several threads, within the budget. The result depends neither on threads
/// nor on the budget. With `prune_at` one thread does all the work, so that pruning does not depend on the machine.
export [[nodiscard]] counted_words count_words(generator<text_block> text, tokenizer words, count_options options = {});
}
