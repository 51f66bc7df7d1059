#pragma once
// The including file imports wordmill.core and wordmill.batch first.
#include <cstddef>
#include <cstdint>
#include <vector>

/// Windows of 1 to 21 contexts and their negatives, drawn at random; rows repeat within windows and batches.
inline wordmill::window_batch random_batch(std::size_t vocabulary, std::size_t windows, std::uint32_t negatives,
                                           wordmill::negative_sharing sharing, std::uint64_t seed) {
    auto rng = wordmill::random_key(seed).engine();
    auto const some_id = [&] { return wordmill::id_at(rng.below(vocabulary)); };
    wordmill::window_batch batch;
    for (std::size_t i = 0; i < windows; ++i) {
        batch.targets.push_back(some_id());
        for (auto n = 1 + rng.below(21); n > 0; --n) batch.contexts.push_back(some_id());
        batch.context_ends.push_back(static_cast<std::uint32_t>(batch.contexts.size()));
    }
    batch.negative_count = negatives;
    batch.sharing = sharing;
    auto const rows = sharing == wordmill::negative_sharing::pair     ? batch.pairs()
                      : sharing == wordmill::negative_sharing::window ? windows
                                                                      : 1;
    for (std::size_t i = 0; i < rows * negatives; ++i) batch.negatives.push_back(some_id());
    return batch;
}
