export module wordmill.text:pair_counting;
import :blocks;
import :counting;
import :pair_blocks;
import :tokenizer;
import wordmill.core;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
export enum class pair_side : std::uint8_t { source, target };

/// Appends one side of a pair to a text for a tokenizer, as one sentence: a line break inside the side becomes a blank.
export void append_side(std::string_view side, std::string& text);

/// The types of the two sides of a corpus of pairs.
export struct pair_counts {
    counted_words source{};
    counted_words target{};
};

/// Splits both sides into words and counts them apart, in one pass, on several threads, within the budget, as
/// `count_words` does. With `prune_at` one thread does all the work. `options.counts` also counts the delivered
/// "pair"s; give the reader the same tally.
export [[nodiscard]] pair_counts count_pair_words(generator<text_pair_block> pairs, tokenizer source, tokenizer target,
                                                  count_options options = {});

/// The same for a vocabulary that both sides share: their counts are summed.
export [[nodiscard]] counted_words count_shared_words(generator<text_pair_block> pairs, tokenizer source,
                                                      tokenizer target, count_options options = {});
}
