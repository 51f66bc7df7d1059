module wordmill.vectors:formats;
import :files;
import :word_vectors;
import wordmill.core;
import wordmill.io;
import wordmill.standard;

namespace wordmill::detail {
/// A larger number is taken for a damaged header.
inline constexpr std::uint64_t most_dimensions = std::uint64_t{1} << 24;
inline constexpr std::size_t longest_word = std::size_t{1} << 16;

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
/// A word that stands between blanks in a text or binary file.
void expect_plain_word(std::string_view word, vector_format format);

// Each starts at the first byte of the file.
[[nodiscard]] word_vectors read_word2vec_text(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_glove_text(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_word2vec_binary(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_npy(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_safetensors(byte_reader& in, load_vectors_options const& options);
[[nodiscard]] word_vectors read_fasttext(byte_reader& in, load_vectors_options const& options);

// None commits.
void write_word2vec_text(word_vectors const& vectors, output_file& out, int digits, bool with_header);
void write_word2vec_binary(word_vectors const& vectors, output_file& out);
void write_npy(word_vectors const& vectors, output_file& out, bool half);
void write_safetensors(word_vectors const& vectors, output_file& out, bool half);
void write_projector(word_vectors const& vectors, output_file& out, output_file& metadata, int digits);

/// "V D" of a first line, when that is what it holds.
struct word2vec_header {
    std::uint64_t rows = 0;
    std::uint64_t dimension = 0;
};
[[nodiscard]] word2vec_header parse_word2vec_header(byte_reader& in);
/// True for a line of two whole numbers.
[[nodiscard]] bool looks_like_word2vec_header(std::string_view line) noexcept;
/// Writes all values as 32-bit floats, or rounded to 16 bits.
void write_values(word_vectors const& vectors, output_file& out, bool half);
}
