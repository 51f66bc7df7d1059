export module wordmill.corpora:jsonl;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How JSON records are read.
export struct jsonl_options : read_options {
    /// The field with the text: a name, names of nested objects separated by dots ("article.body"), or, for names that
    /// contain dots, a JSON pointer ("/article/body.txt"; RFC 6901, objects only).
    std::string field = "text";
};

/// Reads files of JSON records (RFC 8259): one object per line, objects of several lines one after the other, or the
/// objects of one array; the first bytes of each file tell which. The string in `field` is a document, and its lines
/// are the sentences; an empty string is an empty document. Only the syntax of all other members is checked: numbers of
/// any size and lone surrogates are accepted there. "\r\n", blank lines and a byte-order mark are accepted. If a field
/// occurs more than once, the first is used and this is noted. Bad records (by `on_bad`, each with file, line and
/// byte): text that is not JSON, more than one value in a line, a missing field, a value that is not a string, lone
/// surrogates in it, nesting above 1024, records above `max_record_bytes`, invalid UTF-8 unless `utf8` is `replace`
/// (`keep` is a `failure::usage`: JSON is UTF-8), a comma that is missing in an array. With `allow_truncated`, a
/// truncated last record is dropped and counted. Records are parsed on `threads` threads; blocks do not depend on it.
/// Memory is that of the records being parsed, whatever the size of an array.
export generator<text_block> read_jsonl(std::vector<input_file> inputs, jsonl_options options = {});
}
