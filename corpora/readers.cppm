module wordmill.corpora:readers;
import :input_bytes;
import :jsonl;
import :lines;
import :records;
import :wikipedia;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill::detail {
// The readers of text, each for the files from `options.from` on that belong to its format (`input_bytes::belongs`).
generator<text_block> lines_of(std::shared_ptr<input_bytes> files, line_options options);
/// With `more` fields, a document has a line for each field; line breaks inside one become blanks.
generator<text_block> json_of(std::shared_ptr<input_bytes> files, jsonl_options options,
                              std::vector<std::string> more = {}, record_unit unit = {});
generator<text_block> wikipedia_of(std::shared_ptr<input_bytes> files, wikipedia_options options);
}
