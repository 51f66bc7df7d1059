export module wordmill.text:vocabulary_file;
import :counting;
import :vocabulary;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// Properties of a vocabulary that its file does not store.
export struct load_options {
    std::vector<std::string> specials{"<unk>", "<eos>", "</s>"}; ///< those in the file are special
    std::string unknown = "<unk>";                               ///< the special that stands for all other words
};

/// How much was written, and how much was left out by `min_count` and `max_size`.
export struct written_counts {
    std::uint64_t types = 0;
    std::uint64_t tokens = 0;
    std::uint64_t dropped_types = 0;
    std::uint64_t dropped_tokens = 0;
};

/// The text form of a vocabulary: a line `word<TAB>count` for each type, by falling count, then bytes; no header.
/// Inside a word a tab is written `\t`, a newline `\n`, a carriage return `\r` and a backslash `\\`; every other byte
/// stands for itself, including NUL and invalid UTF-8. Readers also accept `\xHH` for any byte.
export [[nodiscard]] std::string format_vocabulary(vocabulary const& words);

/// The inverse of `format_vocabulary`. Strict: an empty or repeated word, a count that is not a number below 2^64, a
/// missing or third column, another order, counts that add up to more than 2^64 - 1, or no line at all are a
/// `failure::bad_data` that names `file` and the line.
export [[nodiscard]] vocabulary parse_vocabulary(std::string_view text, load_options const& options = {},
                                                 std::string file = {});

/// Writes the text form, atomically; compressed when the output options say so.
export void save_vocabulary(vocabulary const& words, std::string const& path, output_options const& options = {});

/// Reads the text form from a file, compressed or not.
export [[nodiscard]] vocabulary load_vocabulary(std::string const& path, load_options const& options = {});

/// Writes the words that the options select without holding them in memory. The file is the same as that of the
/// vocabulary with these options. A corpus without tokens gives an empty file.
export written_counts write_counts(counted_words const& counts, std::string const& path,
                                   vocabulary_options const& selected = {}, output_options const& options = {});
/// The same for an output that is already open, so that a file that cannot be created is found before the counting. The
/// caller commits.
export written_counts write_counts(counted_words const& counts, output_file& file,
                                   vocabulary_options const& selected = {});
}
