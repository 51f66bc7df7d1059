export module wordmill.text:vocabulary;
import :blocks;
import :counting;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Which counted words become types of a vocabulary.
export struct vocabulary_options {
    std::uint64_t min_count = 1; ///< rarer words are left out
    std::uint64_t max_size = 0;  ///< most types, specials included; 0 = no limit
    /// Words with a role. When they occur in the text they are counted and sorted like any other word, so text equal to
    /// a special is that special, never a second id. They are kept regardless of `min_count` and `max_size`.
    std::vector<std::string> specials{"<unk>", "<eos>", "</s>"};
    /// Specials that are added even if they do not occur in the text; their count is then 0, so they are among the last
    /// ids.
    std::vector<std::string> always{};
    std::string unknown = "<unk>"; ///< the special that stands for all other words, if it is in the vocabulary
};

/// A word with a role and its id.
export struct special_word {
    std::string name;
    token_id id{};
    [[nodiscard]] bool operator==(special_word const&) const = default;
};

/// Types by falling count, then bytes. Ids are dense; 0 is the most frequent type. A handle to immutable tables: copies
/// share them, and any thread may read.
export class vocabulary {
public:
    /// A vocabulary of no types.
    vocabulary();
    /// Keeps the words that the options select. If none is left, throws `failure::bad_data`: "0 of N types have count
    /// >= k; the largest count is m".
    explicit vocabulary(counted_words const& counts, vocabulary_options const& options = {});

    [[nodiscard]] std::optional<token_id> find(std::string_view type) const noexcept;
    /// The id of `type`, or of the unknown word if `type` is not in the vocabulary; `failure::bad_data` when there is
    /// neither.
    [[nodiscard]] token_id id(std::string_view type) const;
    [[nodiscard]] std::optional<token_id> unknown() const noexcept;
    /// The word of an id. The view is valid as long as the tables.
    [[nodiscard]] std::string_view word(token_id id) const;
    [[nodiscard]] std::uint64_t count(token_id id) const;
    [[nodiscard]] std::span<std::uint64_t const> counts() const noexcept; ///< [V], by id
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] std::uint64_t tokens() const noexcept; ///< sum of the counts
    /// The special words, by id.
    [[nodiscard]] std::span<special_word const> specials() const noexcept;
    [[nodiscard]] std::uint64_t dropped_types() const noexcept;  ///< left out by `min_count` and `max_size`
    [[nodiscard]] std::uint64_t dropped_tokens() const noexcept; ///< their occurrences
    /// XXH3 of words, counts and specials. Never 0.
    [[nodiscard]] std::uint64_t fingerprint() const noexcept;

    /// Writes the ids of the words of a block to `ids` [words]; `no_token` for words that are not in the vocabulary.
    void look_up(word_block const& block, std::span<token_id> ids) const;

    /// Builds a vocabulary from words in order, for example in a loader.
    class builder;

private:
    struct tables;
    explicit vocabulary(std::shared_ptr<tables const> t) noexcept;
    std::shared_ptr<tables const> tables_;
};

/// Builds a vocabulary from words that arrive by falling count, then bytes, each once.
class vocabulary::builder {
public:
    builder();
    builder(builder&&) noexcept;
    builder& operator=(builder&&) noexcept;
    ~builder();

    enum class refusal { none, empty_word, out_of_order, duplicate, too_many };
    /// Adds a word if it may come next; otherwise returns why not.
    [[nodiscard]] refusal add(std::string_view word, std::uint64_t count);
    void dropped(std::uint64_t types, std::uint64_t tokens) noexcept;
    /// Finishes the vocabulary. Those of `specials` that were added become special words. `failure::bad_data` when the
    /// counts add up to more than 2^64
    /// - 1.
    [[nodiscard]] vocabulary finish(std::span<std::string const> specials, std::string_view unknown) &&;

private:
    std::shared_ptr<tables> tables_;
};

/// The words of `counts` that the options select, in the order of a vocabulary; keeps only the specials in memory.
export generator<counted_word> select_words(counted_words counts, vocabulary_options options = {});

/// Merges vocabularies: counts are summed and specials united. Associative and commutative. A sum beyond 2^64 - 1 is a
/// `failure::bad_data`.
export [[nodiscard]] vocabulary merge(std::span<vocabulary const> parts);
}
