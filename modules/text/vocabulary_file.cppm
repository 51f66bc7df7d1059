export module wordmill.text:vocabulary_file;
import :counting;
import :vocabulary;
import wordmill.core;
import wordmill.io;
import wordmill.standard;
import wordmill.stream;

namespace wordmill {
/// What the file does not say.
export struct load_options {
    std::vector<std::string> specials{"<unk>", "<eos>", "</s>"}; ///< those in the file are special
    std::string unknown = "<unk>";                               ///< the special that stands for all other words
};

/// What was written, and what was left out by `min_count` and `max_size`.
export struct written_counts {
    std::uint64_t types = 0;
    std::uint64_t tokens = 0;
    std::uint64_t dropped_types = 0;
    std::uint64_t dropped_tokens = 0;
};

/// The text form of a vocabulary: a line `word<TAB>count` for each type, by falling count, then bytes; no header.
/// Inside a word a tab is written `\t`, a newline `\n`, a carriage return `\r` and a backslash `\\`; every other byte
/// stands for itself, NUL and invalid UTF-8 included. Readers also take `\xHH` for any byte.
export [[nodiscard]] std::string format_vocabulary(vocabulary const& words);

/// The inverse of `format_vocabulary`. Strict: an empty or repeated word, a count that is no number below 2^64, a
/// missing or third column, another order, counts that add up to more than 2^64 - 1, or no line at all are a
/// `failure::bad_data` that names `file` and the line.
export [[nodiscard]] vocabulary parse_vocabulary(std::string_view text, load_options const& options = {},
                                                 std::string file = {});

/// Writes the text form, atomically; compressed when the output options say so.
export void save_vocabulary(vocabulary const& words, std::string const& path, output_options const& options = {});

/// Reads the text form from a file, compressed or not.
export [[nodiscard]] vocabulary load_vocabulary(std::string const& path, load_options const& options = {});

/// Writes the words that the options select without holding them in memory; the same file as that of the vocabulary.
/// No tokens at all make an empty file.
export written_counts write_counts(counted_words const& counts, std::string const& path,
                                   vocabulary_options const& selected = {}, output_options const& options = {});
/// The same into an output that is open already, so that one that cannot be made is known before the counting. The
/// caller commits.
export written_counts write_counts(counted_words const& counts, output_file& file,
                                   vocabulary_options const& selected = {});
}
