module;
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.recipes;
import :corpus;
import :language_vocabulary;
import wordmill.core;
import wordmill.pipeline;
import wordmill.text;

namespace wordmill::detail {
namespace {
/// Adds `words` by id, and `unknown` with `count` where its count and bytes place it.
vocabulary with_word(vocabulary const& words, std::string const& unknown, std::uint64_t count) {
    vocabulary::builder made;
    auto const add = [&](std::string_view word, std::uint64_t n) {
        if (made.add(word, n) != vocabulary::builder::refusal::none)
            throw error(failure::resource, "a vocabulary holds fewer than 2^32 types", {}, "raise --min-count");
    };
    bool placed = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto const word = words.word(id_at(i));
        auto const n = words.counts()[i];
        if (word == unknown) continue;
        if (!placed && (n < count || (n == count && unknown < word))) {
            add(unknown, count);
            placed = true;
        }
        add(word, n);
    }
    if (!placed) add(unknown, count);
    made.dropped(words.dropped_types(), 0);
    vocabulary_options const named;
    return std::move(made).finish(named.specials, named.unknown);
}
}

vocabulary make_language_vocabulary(any_corpus const& corpus, vocabulary_recipe const& recipe, pass_options const& pass,
                                    std::uint64_t memory_bytes) {
    if (recipe.given || corpus.encoded()) return make_vocabulary(corpus, recipe, pass, memory_bytes);
    auto const counts =
        count_words(corpus.text(pass), corpus.split({}), {.memory_bytes = memory_bytes / 2, .threads = pass.threads});
    vocabulary_options selected{.min_count = recipe.min_count, .max_size = recipe.max_size};
    vocabulary words(counts, selected);
    if (words.unknown() || words.dropped_tokens() == 0) return words;
    if (selected.max_size != 0 && words.size() == 1)
        throw error(failure::usage, "language model: expected --max-size of 2 or more, found "
                                        + std::to_string(selected.max_size)
                                        + ": the unknown word, which stands for the words left out, takes one place");
    selected.always = {selected.unknown}; // it takes the place of a word where there is a largest size
    words = vocabulary(counts, selected);
    return with_word(words, selected.unknown, words.dropped_tokens());
}

vocabulary with_unknown(vocabulary const& words) {
    return words.unknown() ? words : with_word(words, vocabulary_options().unknown, 0);
}

coverage coverage_of(any_corpus const& corpus, vocabulary const& words, tally const& counts) {
    coverage found{.mapped = counts.note_count("unknown word mapped"),
                   .left = counts.dropped_count("token", "unknown")};
    if (corpus.encoded() && !words.unknown()) found.left.reset();
    return found;
}

std::string in_words(coverage const& found, std::uint64_t tokens) {
    if (!found.left)
        return "tokens that the vocabulary lacks were left out when the text was encoded; 'encode' reported how many";
    auto const lacking = found.mapped + *found.left;
    if (lacking == 0) return {};
    return format_count(lacking) + " of " + format_count(tokens + *found.left)
           + " tokens are not in the vocabulary and "
           + (*found.left > 0 ? "are left out: it has no unknown word" : "become its unknown word");
}
}
