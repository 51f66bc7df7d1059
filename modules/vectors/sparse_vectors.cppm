export module wordmill.vectors:sparse_vectors;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// The types of a vocabulary and a sparse matrix whose rows are their vectors, e.g. of PPMI; ids number the rows.
/// A handle to immutable tables: copies share them, any thread may read. Views live as long as the tables.
export class sparse_vectors {
public:
    /// No types.
    sparse_vectors();
    /// Takes `rows` [V, D], a row for each type, and divides each by its norm in place. `failure::bad_data` names the
    /// type whose values or norm are no finite floats.
    sparse_vectors(vocabulary words, csr<float> rows);

    [[nodiscard]] std::optional<token_id> find(std::string_view word) const noexcept;
    /// `failure::bad_data` that names the word when it is not there.
    [[nodiscard]] token_id id(std::string_view word) const;
    [[nodiscard]] std::string_view word(token_id id) const;
    [[nodiscard]] std::size_t size() const noexcept;             ///< V
    [[nodiscard]] std::size_t dimension() const noexcept;        ///< D
    [[nodiscard]] csr_view<float const> rows() const noexcept;   ///< [V, D], at length 1 to single precision, or zero
    [[nodiscard]] std::span<float const> norms() const noexcept; ///< [V], as they came; 0 when below 2^-126
    [[nodiscard]] std::size_t zero_vectors() const noexcept;     ///< rows of norm 0: they are similar to nothing

private:
    struct tables;
    std::shared_ptr<tables const> tables_;
};
}
