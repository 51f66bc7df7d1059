export module wordmill.text:sentence_marks;
import :tokenizer;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A tokenizer that adds a word at the end of every sentence, including empty ones, as language models expect (Mikolov
/// et al. 2010). This is the only way to mark sentence ends; counting and encoding treat the mark like any other word.
/// A sentence that already ends with the word gets no second one. Added words count as read in `counts`; give the
/// tokenizer the same tally.
export [[nodiscard]] tokenizer mark_sentence_ends(tokenizer split, std::string word = "<eos>", tally counts = {});
}
