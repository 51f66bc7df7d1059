export module wordmill.pipeline:sentence_marks;
import wordmill.core;
import wordmill.standard;
import wordmill.text;

namespace wordmill {
/// A tokeniser that puts a word behind every sentence, empty ones too, as language models want it (Mikolov et al.
/// 2010): counting then counts it and encoding encodes it. A sentence whose last word it is already gets no second
/// one. The words count as read in `counts`: give the tokeniser the same one.
export [[nodiscard]] tokenizer mark_sentence_ends(tokenizer split, std::string word = "<eos>", tally counts = {});
}
