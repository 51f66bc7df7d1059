export module wordmill.vectors:find_word;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// Finds a word of `word_vectors` or `sparse_vectors`, and with `lower_case` also the first of its `lower_case_forms`
/// that is there. A lower-case form that the file holds comes before a vector that was composed for the word.
export template <class Vectors>
[[nodiscard]] std::optional<token_id> find_word(Vectors const& vectors, std::string_view word, bool lower_case) {
    std::optional<token_id> const found = vectors.find(word);
    if (!lower_case) return found;
    auto known = vectors.size();
    if constexpr (requires { vectors.composed(); }) known -= vectors.composed();
    if (found && index(*found) < known) return found;
    for (auto const& form : lower_case_forms(word))
        if (std::optional<token_id> const lower = vectors.find(form); lower && index(*lower) < known) return lower;
    return found;
}
}
