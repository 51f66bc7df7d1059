export module wordmill.text:pair_blocks;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Pairs of texts, a source and its target, as readers of pairs deliver them. `first_sentence` counts pairs. Sizes stay
/// below 4 GiB.
export struct text_pair_block : block_header {
    std::string text{};                ///< source 0, target 0, source 1 and so on, without separators
    std::vector<std::uint32_t> ends{}; ///< [2 N], of each of these, in `text`

    [[nodiscard]] inline std::size_t size() const noexcept { return ends.size() / 2; } ///< N
    [[nodiscard]] inline std::string_view source(std::size_t pair) const noexcept { return part(2 * pair); }
    [[nodiscard]] inline std::string_view target(std::size_t pair) const noexcept { return part(2 * pair + 1); }

private:
    [[nodiscard]] inline std::string_view part(std::size_t i) const noexcept {
        auto const begin = i == 0 ? 0 : ends[i - 1];
        return std::string_view(text).substr(begin, ends[i] - begin);
    }
};

/// The same pairs as ids, the source's of one vocabulary and the target's of another, or of the same.
export struct token_pair_block : block_header {
    std::vector<token_id> ids{};
    std::vector<std::uint32_t> ends{}; ///< [2 N]
    /// [N], the number of each pair in the stream. Numbers are missing where pairs were dropped.
    std::vector<std::uint64_t> pairs{};

    [[nodiscard]] inline std::size_t size() const noexcept { return ends.size() / 2; } ///< N
    [[nodiscard]] inline std::span<token_id const> source(std::size_t pair) const noexcept { return part(2 * pair); }
    [[nodiscard]] inline std::span<token_id const> target(std::size_t pair) const noexcept {
        return part(2 * pair + 1);
    }

private:
    [[nodiscard]] inline std::span<token_id const> part(std::size_t i) const noexcept {
        auto const begin = i == 0 ? 0 : ends[i - 1];
        return std::span(ids).subspan(begin, ends[i] - begin);
    }
};
}
