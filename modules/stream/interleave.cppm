export module wordmill.stream:interleave;
import :elements;
import :generator;
import :position;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
export enum class stop_rule : std::uint8_t {
    first_exhausted, ///< ends as soon as one source ends
    all_exhausted,   ///< continues with the other sources, in proportion to their weights
};

export struct interleave_options {
    std::vector<double> weights{}; ///< one per source, not all 0; empty = in turn. A source of weight 0 is not read
    random_key key{};              ///< block n is drawn with key.fold_in(n)
    stop_rule stop = stop_rule::first_exhausted;
    position from{}; ///< where to resume; the sources are made with `from = from.child(i)`
};

namespace detail {
/// Throws `failure::usage` when the weights are invalid for `sources` sources.
void check_weights(std::span<double const> weights, std::size_t sources);
/// The source of block number `draw`: drawn by weight among the live ones, or without weights the first live one from
/// `turn` on. At least one must be live with a weight above 0.
std::size_t choose_source(std::vector<bool> const& live, std::span<double const> weights, random_key key,
                          std::uint64_t draw, std::size_t turn);

template <class Block>
generator<Block> run_interleave(std::vector<generator<Block>> sources, interleave_options options) {
    static_assert(
        block_of_elements<Block> || !requires(Block b) { b.continued; },
        "sentences of this block may go on in the next: specialise block_elements for it, or interleave before "
        "the stage that makes it");
    std::size_t const n = sources.size();
    check_weights(options.weights, n);
    position at =
        options.from; // file: whose turn it is; state: 1 when its sentence continues; block, record: delivered
    std::uint64_t skip = std::exchange(at.skip, 0);
    for (std::size_t i = at.inner.size(); i < n; ++i) at.inner.emplace_back();

    // Every source is at the block that it would deliver next, so which ones have ended depends on positions only.
    std::vector<typename generator<Block>::iterator> heads(n);
    std::vector<bool> live(n, false);
    std::size_t ended = 0, able = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (!options.weights.empty() && options.weights[i] == 0) continue;
        heads[i] = sources[i].begin();
        live[i] = heads[i] != sources[i].end();
        ++(live[i] ? able : ended);
    }
    while (able > 0) {
        auto const turn = static_cast<std::size_t>(at.file % n);
        bool const inside_sentence = at.state != 0 && live[turn];
        if (ended > 0 && !inside_sentence && options.stop == stop_rule::first_exhausted) break;
        auto const i = inside_sentence ? turn : choose_source(live, options.weights, options.key, at.block, turn);
        Block block = *heads[i];
        bool goes_on = false;
        at.inner[i] = std::move(block.start);
        at.inner[i].skip = block.skip;
        position start = at;
        at.inner[i] = std::move(block.next);
        ++at.block;
        if constexpr (block_of_elements<Block>) {
            goes_on = block_elements<Block>::open(block, element_unit::sentence);
            block_elements<Block>::number(block, start.block, start.record);
            at.record += block_elements<Block>::ends(block, element_unit::sentence).size();
        }
        at.file = goes_on ? i : (i + 1) % n;
        at.state = goes_on ? 1 : 0;
        block.start = std::move(start);
        block.next = at;
        if (skip != 0) block.skip = std::exchange(skip, 0);
        co_yield std::move(block);
        ++heads[i];
        if (heads[i] != sources[i].end()) continue;
        live[i] = false;
        --able;
        ++ended;
    }
}
}

/// Mixes sources block by block: drawn by weight from (key, block number), or in turn. A sentence that continues in the
/// next block of its source is not interrupted; a document may be. Blocks get new numbers. Deterministic. Resumes
/// exactly: `next` of a block nests the positions of all sources. Each source is read one block ahead.
/// Throws `failure::usage` for weights that are negative, not finite or all 0, and unless there is one per source.
export template <std::derived_from<block_header> Block>
[[nodiscard, clang::coro_wrapper, clang::coro_disable_lifetimebound]] generator<Block>
interleave(std::vector<generator<Block>> sources, interleave_options options = {}) {
    return detail::run_interleave(std::move(sources), std::move(options));
}
}
