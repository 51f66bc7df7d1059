module wordmill.corpora:pair_lines;
import :input_bytes;
import :read_options;
import :read_pairs;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill::detail {
/// Blocks whose documents are pairs: two lines, the source and the target.
generator<text_block> separated_pairs(std::shared_ptr<input_bytes> files, pair_options options);

/// Every line of the files as a sentence of its own, whatever is wrong with it, so that lines keep their numbers. A
/// line above the limit becomes `too_long_line`.
generator<text_block> every_line(std::vector<input_file> inputs, read_options options);
/// No line of a text begins so.
inline constexpr std::string_view too_long_line{"\0above the limit", 16};

/// A separator as messages show it: (a tab), " ||| ".
[[nodiscard]] std::string quoted_separator(std::string_view separator);

/// What is wrong with a line of text; empty if nothing is.
[[nodiscard]] std::string line_fault(std::string_view line, utf8_policy utf8);
}
