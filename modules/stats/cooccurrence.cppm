export module wordmill.stats:cooccurrence;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// How much one type occurs near another.
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

/// A sparse [V, V] matrix of weights, by row, then column; each pair at most once and never with weight 0. It may be
/// larger than memory: whoever wants the entries streams them. A handle; copies share what is behind it, any thread
/// may read.
export class cooccurrence_counts {
public:
    /// Where the entries come from.
    class source {
    public:
        source() = default;
        source(source const&) = delete;
        source& operator=(source const&) = delete;
        virtual ~source() = default;
        /// In order, in blocks that are valid until the next increment. Any number of times, on any thread. The
        /// generator must not outlive the source.
        [[nodiscard, clang::coro_wrapper]] virtual generator<std::span<cooccurrence const>> entries() const = 0;
    };

    /// No types.
    cooccurrence_counts();
    /// Weights are counted in units of 1 / `unit` (see `cooccurrence_weighting`).
    cooccurrence_counts(std::size_t types, std::uint64_t unit, std::shared_ptr<source const> entries);
    /// Of entries in memory. `failure::bad_data` when they are not in order, lie outside [V, V] or have weight 0.
    cooccurrence_counts(std::size_t types, std::uint64_t unit, std::vector<cooccurrence> entries);

    [[nodiscard]] std::size_t size() const noexcept;   ///< V
    [[nodiscard]] std::uint64_t unit() const noexcept; ///< a weight of 1 / d counts unit() / d
    /// The generator keeps what it reads from alive.
    [[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<std::span<cooccurrence const>>
    entries() const;
    /// Reads all entries when asked for the first time. `failure::bad_data` when a sum exceeds 64 bits.
    [[nodiscard]] cooccurrence_totals const& totals() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};
}
