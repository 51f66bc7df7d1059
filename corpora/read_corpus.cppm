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

/// What a file is, and why.
export struct recognised_content {
    corpus_format format = corpus_format::lines;
    std::string reason{}; ///< "JSON lines: the first line is a JSON object"
};

/// Detects the format of a file that can be read again from its first decoded bytes, never from its name: "PAR1" is
/// Parquet, `encoded_corpus_magic` is a file of ids, `<mediawiki` is a Wikipedia dump, a '{' with a quoted name or an
/// array is JSON, and everything else is lines. PTB text looks like lines, so it must be requested explicitly.
/// `failure::bad_data` with a hint for what is no text: archives, documents, programs, UTF-16, HTML and the like.
export [[nodiscard]] recognised_content recognise(input_file const& file, read_options const& options = {});

/// True if the stored file begins as an encoded corpus does. False for a pipe.
export [[nodiscard]] bool is_encoded_corpus(input_file const& file);

/// Throws `failure::bad_data` with a hint if the stored file begins as an archive, a document or another binary format
/// does, so that it is refused before anything is read. Compressed files and pipes pass; their readers judge them.
export void check_is_text(input_file const& file);

/// Reads inputs of any formats; `automatic` means that every file is read as what its first bytes say (see
/// `recognise`), also a pipe. A mixture of formats is noted, with the number of files of each. Throws the errors of the
/// readers. Files of ids are a `failure::bad_data`, because they are not text.
export generator<text_block> read_corpus(std::vector<input_file> inputs, corpus_options options = {});

/// Finds the inputs (see `find_inputs`) and reads them. Most programs begin with this call.
export generator<text_block> read_text(std::vector<std::string> names, corpus_options options = {});
export generator<text_block> read_text(std::string name, corpus_options options = {});
}
