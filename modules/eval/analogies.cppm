export module wordmill.eval:analogies;
import wordmill.core;
import wordmill.standard;
import wordmill.vectors;

namespace wordmill {
/// The question "a is to b as c is to d".
export struct scored_question {
    std::string a{}, b{}, c{}, d{};
};

export struct question_section {
    std::string name{};
    std::vector<scored_question> questions{};
};

export struct analogy_set {
    std::vector<question_section> sections{};
};

/// Reads the questions of word2vec (questions-words.txt) or the `analogies.txt` of the artificial language, from a file
/// of any codec: lines ": section", then four words per line, separated by blanks or tabs. Questions before the first
/// section get one without a name; empty lines and lines that start with # are skipped. `failure::bad_data` with the
/// line for anything else, and for a set without questions.
export [[nodiscard]] analogy_set load_analogy_set(std::string const& path);
/// Reads Microsoft's relations: `questions` has three words per line, and the same line of `answers` has the relation,
/// which becomes the section, and the fourth word.
export [[nodiscard]] analogy_set load_analogy_set(std::string const& questions, std::string const& answers);

export struct analogy_eval_options {
    std::size_t max_words = 0; ///< use only the first words of the vectors, for questions and answers; 0 = all
    analogy_method method = analogy_method::add;
    bool lower_case = false; ///< look up an unknown word in lower case (`lower_case_forms`)
    unsigned threads = 1;    ///< 0 = as many as the machine allows
};

export struct section_score {
    std::string name{};
    std::size_t questions = 0;
    std::size_t covered = 0; ///< questions with four known words whose vectors are not zero
    std::size_t correct = 0; ///< covered questions whose first answer is d

    /// correct / covered; nothing if no question is covered.
    [[nodiscard]] inline std::optional<double> accuracy() const noexcept {
        if (covered == 0) return std::nullopt;
        return static_cast<double>(correct) / static_cast<double>(covered);
    }
    /// The share of the questions that are not covered.
    [[nodiscard]] inline double uncovered_share() const noexcept {
        return questions == 0 ? 0 : 1 - static_cast<double>(covered) / static_cast<double>(questions);
    }
};

export struct analogy_score {
    std::vector<section_score> sections{}; ///< in the order of the set
    section_score total{};
};

/// Answers all questions. The words of a question are never its answer, as in word2vec's compute-accuracy; so a
/// question whose d is one of its own words is covered and never correct.
export [[nodiscard]] analogy_score evaluate_analogies(word_vectors const& vectors, analogy_set const& set,
                                                      analogy_eval_options const& options = {});
export [[nodiscard]] analogy_score evaluate_analogies(sparse_vectors const& vectors, analogy_set const& set,
                                                      analogy_eval_options const& options = {});
}
