export module wordmill.vectors:files;
import :word_vectors;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill {
/// File formats of word vectors. Text and binary are those of word2vec.c; fastText's .vec files are word2vec text.
export enum class vector_format : std::uint8_t {
    automatic,       ///< load: detected from content; save: from the name's extension
    word2vec_text,   ///< "V D", then a line for each word: word, D numbers, blanks between (.txt .vec)
    word2vec_binary, ///< "V D", then word, blank, D floats of 32 bits, newline; read without the newline too (.bin)
    glove_text,      ///< word2vec text without its first line; D is that of the first word
    npy,             ///< a NumPy array [V, D] of floats, little-endian, and a word list beside it (.npy)
    safetensors,     ///< the tensor "vectors" [V, D], and the word list in the U8 tensor "words" (.safetensors)
    projector,       ///< rows of tab-separated numbers for the TensorBoard projector, and metadata.tsv (.tsv)
    fasttext,        ///< a fastText model, not quantised; saved of vectors that know their whole model (.bin)
};
export [[nodiscard]] std::string_view name(vector_format format) noexcept;
/// The inverse of `name`, e.g. "word2vec-text"; `failure::usage` lists the names.
export [[nodiscard]] vector_format vector_format_named(std::string_view name);
/// The format that `save_vectors` writes to a file of this name; `failure::usage` lists the extensions.
export [[nodiscard]] vector_format vector_format_of(std::string const& path);

/// What is done about rows of vector files that cannot be read, and about words that a format cannot hold.
export enum class bad_rows : std::uint8_t {
    strict, ///< the first one is an error
    skip,   ///< they are left out and counted
};

export struct load_vectors_options {
    vector_format format = vector_format::automatic;
    std::uint64_t max_words = 0; ///< only the first ones of the file; 0 = all
    /// The word list of a .npy file, or of safetensors without one; by default the file's name with the extension
    /// .words. Of a projector file: by default metadata.tsv in its folder.
    std::string words{};
    std::string tensor{};           ///< of safetensors; empty = "vectors", or else the only matrix of floats
    std::uint64_t memory_bytes = 0; ///< bound on the tables; 0 = what the machine allows
    /// Of a fastText model: words that get the mean of their subwords' vectors when the model does not know them. They
    /// come last (`composed`), in this order; those too short for a subword are left out.
    std::vector<std::string> compose{};
    /// Keeps the vectors of n-grams that a fastText model, or safetensors of ours, has (`word_vectors::subwords`).
    bool subwords = false;
    /// Maps rows from the file instead of copying them: see `mapped_file`. For plain safetensors with 32-bit floats;
    /// anything else is a `failure::usage`.
    bool map = false;
    bad_rows on_bad = bad_rows::strict;
    /// Rows that are read, delivered and dropped, with the reason and the first places: damaged rows, and rows whose
    /// word came before. Notes where a file is not what its first line says.
    tally counts{};
};

/// Reads word vectors from a file of any codec, or "-". The format is detected from content: safetensors, .npy,
/// fastText models, word2vec binary and text; any other text is read as GloVe's.
/// - Text: fields stand between blanks and tabs, and lines may end in CRLF and blanks. Every other byte, control
///   characters too, can be part of a word. The numbers are the last fields of a line, so that a word may hold blanks
///   when the field before its numbers is no number. Without a first line, D is what most of the first lines have.
/// - .npy: versions 1 to 3, '<f2', '<f4', '<f8', C or Fortran order. Arrays of objects are refused, never unpickled.
/// - safetensors: F16, BF16, F32, F64; metadata become notes. Tensors must fill the file without holes or overlaps.
///   N-grams are in the tensor "subwords" [buckets, D], and "subwords" in the metadata has the fewest and the most
///   letters.
/// - fastText models: version 12, neither quantised nor pruned; a word's vector is the mean of its own and those of its
///   subwords, as in fastText's .vec files.
/// - Projector files: rows of numbers between tabs, recognised where the file of words is there. Its first column has
/// the
///   words, and a column "count" after it the counts; of several columns, the first line is the heading.
/// - A word list has a line for each word, in the order of rows: the word, or the word, a tab and its count; escapes as
///   in a vocabulary file (\t \n \r \\ \xHH).
/// Of a word that occurs twice the first row is kept (`repeated`). Sizes that a header claims are compared with the
/// bytes that exist and with `memory_bytes` before anything is allocated. `failure::bad_data` with line or byte for
/// anything that the format does not allow; `failure::resource` with both numbers when the tables would not fit.
/// With `bad_rows::skip`, these rows are left out and counted instead: too few or too many numbers, fields that are no
/// numbers, values that are not finite, empty words, empty lines, and the last row of a text or word2vec file that ends
/// inside it. Text and word2vec binary files are then read to their end whatever their first line says of rows, and
/// text with the dimension that the rows have. A file without a usable row is a `failure::bad_data`.
export [[nodiscard]] word_vectors load_vectors(std::string const& path, load_vectors_options const& options = {});

export struct save_vectors_options {
    vector_format format = vector_format::automatic;
    bool half = false;   ///< floats of 16 bits, rounded to nearest: .npy and safetensors only
    int digits = 0;      ///< text: significant digits of a number, 1 to 9; 0 = as few as read back to the same float
    std::string words{}; ///< where the word list of a .npy file, or the metadata of a projector file, go; see below
    bad_rows on_bad = bad_rows::strict; ///< words that the format cannot hold
    tally counts{};                     ///< rows that are written, and dropped with their words
    output_options output{};
};

/// Writes word vectors, each file atomically. Unless the options name a codec, the name decides ("x.txt.gz").
/// .npy writes the word list beside it first (by default with the extension .words), the projector metadata.tsv in the
/// same folder: words, and counts under a heading when they are known. Counts go into word lists, notes into
/// safetensors only.
/// All words are looked at before anything is written. A word that the format cannot hold is a `failure::bad_data`, or
/// left out and counted with `bad_rows::skip`. Text cannot hold blanks, tabs and newlines, binary blanks and newlines,
/// the projector tabs, newlines and carriage returns, and all of these words of more than a MiB. GloVe text has no
/// first line that says what it is: its first word must not make it look like another format, nor must that of a
/// projector's words like a compressed file. .npy and safetensors
/// hold every word. safetensors also hold the vectors of n-grams; a fastText model is written only of vectors that know
/// their whole model (`subword_vectors::model`), otherwise it is a `failure::usage`. `failure::usage` for options that
/// the format does not know or a name that tells no format.
export void save_vectors(word_vectors const& vectors, std::string const& path,
                         save_vectors_options const& options = {});
}
