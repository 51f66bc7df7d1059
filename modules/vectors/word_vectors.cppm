export module wordmill.vectors:word_vectors;
import :subword_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// Words and their vectors; ids are dense and number the rows.
/// A handle to immutable tables: copies share them, any thread may read. Views live as long as the tables.
export class word_vectors {
public:
    /// No words.
    word_vectors();
    /// Copies `rows` [V, D]; `counts` is [V] or empty. As the builder, but a word given twice is a
    /// `failure::bad_data`.
    word_vectors(std::span<std::string const> words, matrix_view<float const> rows,
                 std::span<std::uint64_t const> counts = {}, note_map notes = {});

    [[nodiscard]] std::optional<token_id> find(std::string_view word) const noexcept;
    /// `failure::bad_data` that names the word when it is not there.
    [[nodiscard]] token_id id(std::string_view word) const;
    [[nodiscard]] std::string_view word(token_id id) const;
    [[nodiscard]] std::size_t size() const noexcept;      ///< V
    [[nodiscard]] std::size_t dimension() const noexcept; ///< D
    [[nodiscard]] matrix_view<float const>
    rows() const noexcept; ///< [V, D] without gaps; 64-byte aligned but where mapped
    [[nodiscard]] std::span<float const> row(token_id id) const;          ///< [D]
    [[nodiscard]] std::span<float const> norms() const noexcept;          ///< [V], Euclidean; 0 when below 2^-126
    [[nodiscard]] std::span<std::uint64_t const> counts() const noexcept; ///< [V], or empty when not known
    [[nodiscard]] note_map const& notes() const noexcept;                 ///< e.g. the options of the run
    [[nodiscard]] std::size_t repeated() const noexcept;     ///< rows left out since their word was there before
    [[nodiscard]] std::size_t zero_vectors() const noexcept; ///< rows of norm 0: they are similar to nothing
    [[nodiscard]] std::size_t composed() const noexcept;     ///< the last rows: words made from subwords when loaded

    /// The vectors of n-grams, for words that are not here; none unless given.
    [[nodiscard]] subword_vectors const& subwords() const noexcept { return subwords_; }
    /// The same tables with these n-grams. Another dimension is a `failure::bad_data`.
    [[nodiscard]] word_vectors with_subwords(subword_vectors subwords) const;

    /// Fed with rows in their order, e.g. by a loader.
    class builder;

private:
    struct tables;
    explicit word_vectors(std::shared_ptr<tables const> t) noexcept;
    std::shared_ptr<tables const> tables_;
    subword_vectors subwords_{};
};

/// Makes word vectors: ask for room, fill it, name the rows in it one by one.
class word_vectors::builder {
public:
    /// `memory_bytes` bounds the tables; 0 = what the machine allows.
    explicit builder(std::size_t dimension, std::uint64_t memory_bytes = 0);
    builder(builder&&) noexcept;
    builder& operator=(builder&&) noexcept;
    ~builder();

    /// `failure::resource` with numbers when the tables of `rows` rows would be above the bound; allocates nothing.
    void check(std::uint64_t rows) const;
    /// Room for `rows` more rows [rows, D], after those that have a word; valid until the next call, but what was
    /// written to it stays when more is asked for. Growth is geometric, or exact after `reserve`.
    [[nodiscard]] std::span<float> room(std::size_t rows = 1);
    void reserve(std::size_t rows);
    /// Takes `rows` [n, D] without gaps as they are, not copied, instead of room; they get their words in order.
    /// `failure::bad_data` for a row that would be left out, since the rows after it cannot move.
    void map(shared_matrix rows);
    /// Names the next row in the room. False when the word was there before: the first one stays. `failure::bad_data`
    /// with `where` for an empty word and for a row whose values or norm are no finite floats.
    bool add(std::string_view word, std::uint64_t count = 0, place const& where = {});
    /// What became of a row.
    enum class addition : std::uint8_t {
        kept,
        repeated,   ///< the word was there before: the first row stays
        no_word,    ///< left out: the word is empty
        not_finite, ///< left out: a value or the norm is no finite float
    };
    /// As `add`, but a row that `add` refuses is left out.
    addition try_add(std::string_view word, std::uint64_t count = 0);
    /// Leaves out the next row in the room.
    void leave_out();
    void note(std::string key, std::string value);
    /// The next row is a composed one, and so are all after it.
    void begin_composed() noexcept;
    [[nodiscard]] std::size_t size() const noexcept; ///< rows that have a word
    /// Counts are kept when any is above 0.
    [[nodiscard]] word_vectors finish() &&;

private:
    std::shared_ptr<tables> tables_;
    std::uint64_t memory_bytes_;
    std::size_t next_ = 0;  ///< the row that gets the next word
    std::size_t rooms_ = 0; ///< rows before this one may be named
};
}
