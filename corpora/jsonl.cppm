export module wordmill.corpora:jsonl;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How JSON lines are read.
export struct jsonl_options : read_options {
    /// The field with the text: a name, names of nested objects with dots between ("article.body"), or, for names that
    /// hold dots, a JSON pointer ("/article/body.txt"; RFC 6901, objects only).
    std::string field = "text";
};

/// Reads files of one JSON object a line (RFC 8259, strict). The string in `field` is a document, its own lines are the
/// sentences; an empty string is an empty document. "\r\n", blank lines and a byte-order mark are accepted. The first
/// of fields with the same name is taken, which is noted. Bad records (by `on_bad`, each with file, line and byte):
/// text that is no JSON, or more than one value in a line, no such field, a value that is no string, lone surrogates,
/// nesting above 64, lines above `max_record_bytes`, invalid UTF-8 unless `utf8` is `replace` (`keep` is a
/// `failure::usage`: JSON is UTF-8). A last line cut short goes quietly, counted, with `allow_truncated`.
/// Lines are parsed on `threads` threads; blocks do not depend on it.
export generator<text_block> read_jsonl(std::vector<input_file> inputs, jsonl_options options = {});
}
