export module wordmill.corpora:ptb;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How Penn Treebank text is read.
export struct ptb_options : read_options {
    std::string end_of_sentence = "<eos>"; ///< the token that closes each sentence; empty for none
};

/// Reads Penn Treebank text as prepared by Mikolov et al. 2010 (ptb.train.txt): a line is a sentence, to which the
/// token `end_of_sentence` is appended as the language models of that line of work do. `<unk>` and `N` are kept as
/// words of the text; make "<unk>" the unknown word of the vocabulary, so that there is only one. A line that already
/// ends with the closing token gets no second one. Parse trees ("( (S (NP-SBJ ...") are another format and are refused
/// with a hint, regardless of `on_bad`. Otherwise as `read_lines`.
export generator<text_block> read_ptb(std::vector<input_file> inputs, ptb_options options = {});
}
