#pragma once
#include <cstddef>
#include <vector>

/// The same tokens for the same sizes; the including file imports wordmill.core first.
inline std::vector<wordmill::token_id> random_text(std::size_t tokens, std::size_t vocabulary) {
    auto random = wordmill::random_key(11).engine();
    std::vector<wordmill::token_id> text(tokens);
    for (auto& id : text) id = wordmill::id_at(random.below(vocabulary));
    return text;
}
