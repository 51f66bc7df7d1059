export module wordmill.corpora:read_corpus;
import :lines;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// The format of a corpus file.
export enum class corpus_format : std::uint8_t {
    automatic,
    lines,
    jsonl,
    wikipedia,
    ptb,
    parquet,
    ids, ///< an encoded corpus: no text; see `encoded_corpus`
};

/// The first bytes of an encoded corpus.
export inline constexpr std::string_view encoded_corpus_magic{"WMIDS\r\n\x1a", 8};

export [[nodiscard]] std::string_view name(corpus_format format) noexcept;

/// Options of any format; each reader uses those that concern it.
export struct corpus_options : line_options {
    corpus_format format = corpus_format::automatic;
    std::string field = "text"; ///< JSONL: the field (or path a.b) of the text; Parquet: the column, also a.b
};

/// Detects the format from the first decoded bytes, never from the name: "PAR1" is Parquet, `encoded_corpus_magic` is a
/// file of ids, `<mediawiki` is a Wikipedia dump, a line that begins with '{' and a quoted name is JSONL, and
/// everything else is lines. PTB text looks like lines, so it must be requested explicitly. An input that cannot be
/// read twice (a pipe) is read as lines.
export [[nodiscard]] corpus_format recognise_format(input_file const& file, read_options const& options = {});

/// Reads inputs of one format; `automatic` means the format of the first input that is not empty. Throws the errors of
/// the readers. Files of ids are a `failure::bad_data`, because they are not text.
export generator<text_block> read_corpus(std::vector<input_file> inputs, corpus_options options = {});

/// Finds the inputs (see `find_inputs`) and reads them. Most programs begin with this call.
export generator<text_block> read_text(std::vector<std::string> names, corpus_options options = {});
export generator<text_block> read_text(std::string name, corpus_options options = {});
}
