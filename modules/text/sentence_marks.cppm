export module wordmill.text:sentence_marks;
import :tokenizer;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A tokeniser that adds a word at the end of every sentence, empty ones too, as language models want it (Mikolov et
/// al. 2010). This is the only way to mark sentence ends: counting then counts the word and encoding encodes it. A
/// sentence that already ends with it gets no second one. The words count as read in `counts`: give the tokeniser the
/// same one.
export [[nodiscard]] tokenizer mark_sentence_ends(tokenizer split, std::string word = "<eos>", tally counts = {});
}
