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
/// token `end_of_sentence` is appended as the language models of that line of work do. `<unk>` and `N` are words of the
/// text and stay; give the vocabulary "<unk>" as its unknown type, so that there is one of it. A line that has the
/// closing token already gets no second one. Parse trees ("( (S (NP-SBJ ...") are refused with a hint, whatever
/// `on_bad` says: they are another format. All else as `read_lines`.
export generator<text_block> read_ptb(std::vector<input_file> inputs, ptb_options options = {});
}
