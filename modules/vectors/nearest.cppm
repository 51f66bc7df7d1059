export module wordmill.vectors:nearest;
import :sparse_vectors;
import :word_vectors;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// A word and its similarity to the query.
export struct neighbour {
    std::string word{};
    token_id id{};
    double score = 0; ///< cosine, or the product of 3CosMul
};

export struct nearest_options {
    std::size_t top = 10;      ///< neighbours, nearest first; ties by the lower id
    std::size_t max_words = 0; ///< search only the first `max_words` words; 0 = all
    unsigned threads = 1;      ///< 0 = as many as the machine allows; the answer does not depend on them
};

export enum class analogy_method : std::uint8_t {
    add,      ///< 3CosAdd: cos(d, b - a + c) of vectors of length 1 (Mikolov, Yih and Zweig 2013)
    multiply, ///< 3CosMul: cos(d, b) cos(d, c) / (cos(d, a) + 0.001), cosines moved to 0 .. 1 (Levy and Goldberg 2014)
};

export struct analogy_options {
    std::size_t top = 10;
    analogy_method method = analogy_method::add;
    std::size_t max_words = 0;
    unsigned threads = 1;
};

/// The question "a is to b as c is to ?": {"man", "king", "woman"}.
export struct analogy_question {
    std::string a{}, b{}, c{};
};

/// The answers to many questions. Questions with an unknown word or a zero vector have no answer.
export struct batch_answers {
    std::vector<std::vector<neighbour>> answers{}; ///< one for each question, in their order
    std::size_t unknown = 0;                       ///< questions with an unknown word
    std::size_t zero = 0;                          ///< questions about a zero vector
};

// None of these returns zero vectors, which have no cosine, or words of the question. One question reads the table
// once, a batch reads it once for every 64 vectors: a single question is bound by memory bandwidth, and batches are
// faster per question. Scores of the answers are computed again in double precision. Any thread may call. An unknown
// word is a `failure::bad_data` that names it.

/// The words with the largest cosines to a word. Nothing when its vector is zero.
export [[nodiscard]] std::vector<neighbour> nearest(word_vectors const& vectors, std::string_view word,
                                                    nearest_options const& options = {});
/// The words with the largest cosines to a vector [D].
export [[nodiscard]] std::vector<neighbour> nearest(word_vectors const& vectors, std::span<float const> to,
                                                    nearest_options const& options = {});
/// The words with the largest cosines to each of many words.
export [[nodiscard]] batch_answers nearest(word_vectors const& vectors, std::span<std::string const> words,
                                           nearest_options const& options = {});

/// Answers "a is to b as c is to ?".
export [[nodiscard]] std::vector<neighbour> analogy(word_vectors const& vectors, std::string_view a, std::string_view b,
                                                    std::string_view c, analogy_options const& options = {});
export [[nodiscard]] batch_answers analogy(word_vectors const& vectors, std::span<analogy_question const> questions,
                                           analogy_options const& options = {});
/// The same by id, for words that have been looked up. Returns the ids of the answers, which may be fewer than `top`;
/// none for a zero vector.
export [[nodiscard]] std::vector<std::vector<token_id>> analogy_ids(word_vectors const& vectors,
                                                                    std::span<std::array<token_id, 3> const> questions,
                                                                    analogy_options const& options = {});

/// The cosine of two words; nothing when a vector is zero.
export [[nodiscard]] std::optional<double> similarity(word_vectors const& vectors, std::string_view a,
                                                      std::string_view b);
export [[nodiscard]] std::optional<double> similarity(word_vectors const& vectors, token_id a, token_id b);
/// The rank of `other` among the neighbours of `word`, from 1; nothing if a vector is zero or the words are the same.
export [[nodiscard]] std::optional<std::size_t> rank(word_vectors const& vectors, std::string_view word,
                                                     std::string_view other);
/// The index of the word least similar to the mean of the words, all scaled to length 1; the first zero vector if there
/// is one. Nothing for fewer than three words.
export [[nodiscard]] std::optional<std::size_t> odd_one_out(word_vectors const& vectors,
                                                            std::span<std::string const> words);

// The same queries on the rows of a sparse matrix. A batch multiplies the matrix by up to 64 vectors at once and needs
// 12 bytes per type and vector; where that would exceed 96 MiB it takes fewer vectors, but at least 16. Proportional
// rows are equal.
export [[nodiscard]] std::vector<neighbour> nearest(sparse_vectors const& vectors, std::string_view word,
                                                    nearest_options const& options = {});
export [[nodiscard]] batch_answers nearest(sparse_vectors const& vectors, std::span<std::string const> words,
                                           nearest_options const& options = {});
export [[nodiscard]] std::vector<neighbour> analogy(sparse_vectors const& vectors, std::string_view a,
                                                    std::string_view b, std::string_view c,
                                                    analogy_options const& options = {});
export [[nodiscard]] batch_answers analogy(sparse_vectors const& vectors, std::span<analogy_question const> questions,
                                           analogy_options const& options = {});
export [[nodiscard]] std::vector<std::vector<token_id>> analogy_ids(sparse_vectors const& vectors,
                                                                    std::span<std::array<token_id, 3> const> questions,
                                                                    analogy_options const& options = {});
export [[nodiscard]] std::optional<double> similarity(sparse_vectors const& vectors, std::string_view a,
                                                      std::string_view b);
export [[nodiscard]] std::optional<double> similarity(sparse_vectors const& vectors, token_id a, token_id b);
}
