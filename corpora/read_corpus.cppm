export module wordmill.corpora:read_corpus;
import :lines;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// What a corpus file holds.
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
    std::string field = "text"; ///< JSONL: the field (or path a.b) that holds the text; Parquet: the column
};

/// Decides by the first decoded bytes, never by the name: "PAR1" is Parquet, `encoded_corpus_magic`
/// are ids, `<mediawiki` is a Wikipedia dump, a line
/// that begins with '{' and a quoted name is JSONL, everything else is lines. PTB text looks like lines: ask for it by
/// name. What cannot be read twice (a pipe) is taken for lines.
export [[nodiscard]] corpus_format recognise_format(input_file const& file, read_options const& options = {});

/// Reads inputs of one format, all of them of the format of the first that is not empty when it is `automatic`.
/// Throws what the readers throw, and `failure::bad_data` for ids, which are no text.
export generator<text_block> read_corpus(std::vector<input_file> inputs, corpus_options options = {});

/// Finds the inputs (see `find_inputs`) and reads them: the beginning of most driver programs.
export generator<text_block> read_text(std::vector<std::string> names, corpus_options options = {});
export generator<text_block> read_text(std::string name, corpus_options options = {});
}
