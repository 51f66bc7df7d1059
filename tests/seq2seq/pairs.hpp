#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

// Batches for tests, made by hand; the including file imports wordmill.batch and wordmill.core first. In both
// vocabularies 0 is padding, 1 the begin token and 2 the end token.

using id_list = std::vector<wordmill::token_id>;

inline constexpr wordmill::token_id padding = wordmill::id_at(0);
inline constexpr wordmill::token_id begin_token = wordmill::id_at(1);
inline constexpr wordmill::token_id end_token = wordmill::id_at(2);
inline constexpr std::size_t first_word = 3;

/// Of models in tests.
enum class form : std::uint8_t { plain, attending, transformer };
inline constexpr form every_form[] = {form::plain, form::attending, form::transformer};

struct id_pair {
    id_list source;
    id_list target;
};

/// By falling length of the source; pairs of one length keep their order.
inline void sort_by_length(std::vector<id_pair>& pairs) {
    std::vector<id_pair> sorted;
    std::size_t longest = 0;
    for (auto const& pair : pairs) longest = std::max(longest, pair.source.size());
    for (auto length = longest + 1; length-- > 0;)
        for (auto& pair : pairs)
            if (pair.source.size() == length) sorted.push_back(pair);
    pairs = std::move(sorted);
}

/// The pairs as a batch, padded to at least these numbers of steps.
inline wordmill::sequence_batch batch_of(std::vector<id_pair> pairs, std::size_t source_steps = 0,
                                         std::size_t target_steps = 0) {
    sort_by_length(pairs);
    wordmill::sequence_batch batch;
    batch.lanes = pairs.size();
    batch.source_steps = source_steps;
    batch.target_steps = target_steps;
    for (auto const& [source, target] : pairs) {
        batch.source_steps = std::max(batch.source_steps, source.size());
        batch.target_steps = std::max(batch.target_steps, target.size() + 1);
        batch.source_lengths.push_back(static_cast<std::uint32_t>(source.size()));
        batch.counted += target.size() + 1;
    }
    batch.sources.assign(batch.source_steps * batch.lanes, padding);
    batch.inputs.assign(batch.target_steps * batch.lanes, padding);
    batch.targets.assign(batch.target_steps * batch.lanes, wordmill::no_token);
    for (std::size_t b = 0; b < pairs.size(); ++b) {
        auto const& [source, target] = pairs[b];
        for (std::size_t t = 0; t < source.size(); ++t) batch.sources[t * batch.lanes + b] = source[t];
        for (std::size_t t = 0; t <= target.size(); ++t) {
            batch.inputs[t * batch.lanes + b] = t == 0 ? begin_token : target[t - 1];
            batch.targets[t * batch.lanes + b] = t < target.size() ? target[t] : end_token;
        }
        batch.pairs.push_back(b);
    }
    return batch;
}

/// Sequences of words below `vocabulary`, of these lengths, without a pattern.
inline id_list words_of(std::size_t length, std::size_t vocabulary, std::size_t seed) {
    id_list ids;
    for (std::size_t i = 0; i < length; ++i)
        ids.push_back(wordmill::id_at(first_word + (seed * 7 + i * i * 3 + i * seed) % (vocabulary - first_word)));
    return ids;
}
inline std::vector<id_pair> pairs_of_lengths(std::vector<std::pair<std::size_t, std::size_t>> const& lengths,
                                             std::size_t vocabulary) {
    std::vector<id_pair> pairs;
    for (auto const& [source, target] : lengths)
        pairs.push_back(
            {words_of(source, vocabulary, pairs.size() + 1), words_of(target, vocabulary, pairs.size() + 5)});
    return pairs;
}
