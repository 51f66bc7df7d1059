export module wordmill.corpora:jsonl;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How JSON lines are read.
export struct jsonl_options : read_options {
    /// The field with the text: a name, names of nested objects separated by dots ("article.body"), or, for names that
    /// contain dots, a JSON pointer ("/article/body.txt"; RFC 6901, objects only).
    std::string field = "text";
};

/// Reads files with one JSON object per line (RFC 8259, strict). The string in `field` is a document, and its lines are
/// the sentences; an empty string is an empty document. "\r\n", blank lines and a byte-order mark are accepted. If a
/// field occurs more than once, the first is used and this is noted. Bad records (by `on_bad`, each with file, line and
/// byte): text that is not JSON, more than one value in a line, a missing field, a value that is not a string, lone
/// surrogates, nesting above 64, lines above `max_record_bytes`, invalid UTF-8 unless `utf8` is `replace` (`keep` is a
/// `failure::usage`: JSON is UTF-8). With `allow_truncated`, a truncated last line is dropped and counted. Lines are
/// parsed on `threads` threads; blocks do not depend on it.
export generator<text_block> read_jsonl(std::vector<input_file> inputs, jsonl_options options = {});
}
