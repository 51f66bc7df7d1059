export module wordmill.stats:cooccurrence;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How often one type occurs near another, as a weight.
export struct cooccurrence {
    token_id row{};           ///< the target
    token_id column{};        ///< its context
    std::uint64_t weight = 0; ///< in units of 1 / `cooccurrence_counts::unit()`
    [[nodiscard]] bool operator==(cooccurrence const&) const = default;
};

/// Sums of the weights of a matrix, in its units.
export struct cooccurrence_totals {
    std::vector<std::uint64_t> rows{};    ///< [V]
    std::vector<std::uint64_t> columns{}; ///< [V]
    std::uint64_t all = 0;
    std::uint64_t nonzeros = 0;
};

/// A sparse [V, V] matrix of weights, sorted by row, then column. Each pair occurs at most once and never with weight
/// 0. The matrix may be larger than memory, so its entries are read as a stream. A handle: copies share the entries,
/// and any thread may read.
export class cooccurrence_counts {
public:
    /// A source of the entries.
    class source {
    public:
        source() = default;
        source(source const&) = delete;
        source& operator=(source const&) = delete;
        virtual ~source() = default;
        /// Streams the entries in order, in blocks that are valid until the next increment. May be called any number of
        /// times, on any thread. The generator must not outlive the source.
        [[nodiscard, clang::coro_wrapper]] virtual generator<std::span<cooccurrence const>> entries() const = 0;
    };

    /// A matrix of no types.
    cooccurrence_counts();
    /// Weights are counted in units of 1 / `unit` (see `cooccurrence_weighting`).
    cooccurrence_counts(std::size_t types, std::uint64_t unit, std::shared_ptr<source const> entries);
    /// A matrix of entries in memory. Entries that are not in order, lie outside [V, V] or have weight 0 are a
    /// `failure::bad_data`.
    cooccurrence_counts(std::size_t types, std::uint64_t unit, std::vector<cooccurrence> entries);

    [[nodiscard]] std::size_t size() const noexcept;   ///< V
    [[nodiscard]] std::uint64_t unit() const noexcept; ///< a weight of 1 / d is stored as unit() / d
    /// Streams the entries. The generator keeps their source alive.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<std::span<cooccurrence const>>
    entries() const;
    /// The sums of the weights. The first call reads all entries. A sum that exceeds 64 bits is a `failure::bad_data`.
    [[nodiscard]] cooccurrence_totals const& totals() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};
}
