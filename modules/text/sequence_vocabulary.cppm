export module wordmill.text:sequence_vocabulary;
import :counting;
import :vocabulary;
import :vocabulary_file;
import wordmill.core;
import wordmill.standard;

namespace wordmill {
/// The words with a role in sequence-to-sequence models.
export inline constexpr std::string_view padding_word = "<pad>";
export inline constexpr std::string_view begin_word = "<s>";
export inline constexpr std::string_view end_word = "</s>";
export inline constexpr std::string_view unknown_word = "<unk>";

/// The ids of these words in one vocabulary.
export struct sequence_marks {
    token_id padding{};
    token_id begin{};
    token_id end{};
    std::optional<token_id> unknown{}; ///< stands for all words outside the vocabulary

    /// True for padding, begin and end, which never stand for a word of a text.
    [[nodiscard]] constexpr bool is_mark(token_id id) const noexcept {
        return id == padding || id == begin || id == end;
    }
    [[nodiscard]] bool operator==(sequence_marks const&) const = default;
};

/// The marks of a vocabulary. Throws `failure::bad_data` that names `file` and the mark that is missing; only the
/// unknown word may be missing.
export [[nodiscard]] sequence_marks sequence_marks_of(vocabulary const& words, std::string file = {});

/// Which words of a side become types. `min_count` and `max_size` are those of `vocabulary_options`.
export struct sequence_vocabulary_options {
    std::uint64_t min_count = 1;
    std::uint64_t max_size = 0; ///< most types, marks included; 0 = no limit
    bool unknown = false;       ///< adds "<unk>" although no word is left out
};

/// The vocabulary of one side, or of both. "<pad>", "<s>" and "</s>" are always types of it, "<unk>" if it is asked
/// for, if `min_count` or `max_size` leave words out, or if the text has it. Errors as of the constructor of
/// `vocabulary`; a `max_size` that leaves no place for words is a `failure::usage`.
export [[nodiscard]] vocabulary sequence_vocabulary(counted_words const& counts,
                                                    sequence_vocabulary_options const& options = {});

/// How a file with such a vocabulary is loaded: `load_vocabulary(path, sequence_load_options())`.
export [[nodiscard]] load_options sequence_load_options();
}
