export module wordmill.text:listed_words;
import :tokenizer;
import wordmill.standard;

namespace wordmill {
/// Appends words of a sentence that was split elsewhere, in the form that `listed_words` reads. Words are UTF-8, of any
/// characters; an empty word adds nothing. A sentence ends with '\n'.
export void append_listed_words(std::string& text, std::span<std::string_view const> words);

/// Takes words as they were appended by `append_listed_words`, for text that the caller has split: a word may hold
/// blanks and newlines. (A word is stored with a byte 0xFF after it and with 0xFE for each newline in it. UTF-8 has
/// neither byte.)
export [[nodiscard]] tokenizer listed_words(token_limit limit = {});
}
