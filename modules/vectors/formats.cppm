module wordmill.vectors:formats;
import :files;
import :word_vectors;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill::detail {
/// A larger number is taken for a damaged header.
inline constexpr std::uint64_t most_dimensions = std::uint64_t{1} << 24;
inline constexpr std::size_t longest_word = std::size_t{1} << 20;
inline constexpr std::uint32_t most_subword_letters = 64; ///< models have up to 6; time and memory grow with it
inline constexpr std::uint64_t most_buckets = 0x7fffffff; ///< as many as fastText's numbers hold
inline constexpr std::string_view known_formats =
    "formats: word2vec text and binary, GloVe text, .npy, safetensors, fastText .bin";

/// Refuses numbers of rows and dimensions that no file has; with `any_rows` the rows do not matter.
void check_claim(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension, bool any_rows = false);
/// The rows that a header claims, after a comparison with the bytes that exist: each row needs at least
/// `least_row_bytes`.
[[nodiscard]] std::uint64_t believed_rows(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension,
                                          std::uint64_t least_row_bytes);
/// A builder with room for exactly these rows if the size of the file agrees with the header.
[[nodiscard]] word_vectors::builder builder_for(byte_reader const& in, std::uint64_t rows, std::uint64_t dimension,
                                                load_vectors_options const& options);
/// The rows to read.
[[nodiscard]] inline std::uint64_t wanted_rows(std::uint64_t rows, load_vectors_options const& options) noexcept {
    return options.max_words == 0 || rows < options.max_words ? rows : options.max_words;
}
/// For messages where both differ.
[[nodiscard]] std::string claimed_and_found(std::uint64_t claimed, std::uint64_t found);

/// The format of a file that begins with these bytes, which are all of it if `whole`; nothing for a file of another
/// kind.
[[nodiscard]] std::optional<vector_format> recognised_format(std::string_view first, bool whole);
/// Whether the bytes are those of a pickle, or of a matrix or another file that is known not to hold word vectors.
[[nodiscard]] bool is_pickle(std::string_view first) noexcept;
[[nodiscard]] bool is_of_another_kind(std::string_view first) noexcept;
/// "dir/vectors.tsv" -> "dir/metadata.tsv".
[[nodiscard]] std::string metadata_beside(std::string const& path);
/// Whether all of the first lines are numbers between tabs.
[[nodiscard]] bool looks_like_projector(std::string_view first);
/// Whether a format can hold a word.
[[nodiscard]] bool holds_word(vector_format format, std::string_view word);

// Each starts at the first byte of the file.
[[nodiscard]] word_vectors read_word2vec_text(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_glove_text(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_word2vec_binary(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_npy(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_safetensors(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_projector(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_fasttext(byte_reader& in, load_vectors_options const& options);

// None commits.
// `rows` are those whose words the format can hold; the others are left out.
void write_word2vec_text(word_vectors const& vectors, std::uint64_t rows, output_file& out, int digits);
// From row `first` on.
void write_glove_text(word_vectors const& vectors, std::size_t first, output_file& out, int digits);
void write_word2vec_binary(word_vectors const& vectors, std::uint64_t rows, output_file& out);
void write_npy(word_vectors const& vectors, output_file& out, bool half);
void write_safetensors(word_vectors const& vectors, output_file& out, bool half);
void write_projector(word_vectors const& vectors, std::size_t first, output_file& out, output_file& metadata,
                     int digits);

/// "V D" of a first line, when that is what it holds.
struct word2vec_header {
    std::uint64_t rows = 0;
    std::uint64_t dimension = 0;
};
[[nodiscard]] word2vec_header parse_word2vec_header(byte_reader& in);
/// Its inverse, with the newline.
[[nodiscard]] std::string word2vec_first_line(std::uint64_t rows, std::uint64_t dimension);
/// A row as text, with the newline.
void append_text_row(std::string& out, word_vectors const& vectors, token_id id, int digits);
/// True for a line of two whole numbers.
[[nodiscard]] bool looks_like_word2vec_header(std::string_view line) noexcept;
/// Writes all values as 32-bit floats, or rounded to 16 bits.
void write_values(word_vectors const& vectors, output_file& out, bool half);
/// The same for any rows; `whose` names one in errors.
void write_values(matrix_view<float const> rows, output_file& out, bool half,
                  std::function<std::string(std::size_t row)> const& whose);
}
