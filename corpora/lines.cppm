export module wordmill.corpora:lines;
import :read_options;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
/// How plain text is read. A line is a sentence; its end is '\n', "\r\n" or a lone '\r'.
export struct line_options : read_options {
    bool blank_line_ends_document = false; ///< the blank line itself is then not a sentence
    bool file_ends_document = true;
    bool lone_cr_ends_line = true; ///< as in old Mac text (noted); if false, a lone '\r' is text
};

/// The longest run without a space that is kept whole at a block border; a longer one is cut at a character border.
export inline constexpr std::size_t max_unbroken_bytes = std::size_t{1} << 20;

/// Reads plain text of any codec. Lines may have any length: a line that does not fit in a block continues in the next
/// (`text_block::continued`). A UTF-8 byte-order mark at the start of a file is dropped and counted. Files that begin
/// as UTF-16, UTF-32, archives, documents and other binary formats do are refused with a hint. A line with a NUL byte
/// is a bad record (by `on_bad`); other control bytes are data. Positions count lines of the file and sentences of the
/// stream; memory is a few blocks plus the data in flight in decoders, regardless of the size of files and lines.
export generator<text_block> read_lines(std::vector<input_file> inputs, line_options options = {});
}
