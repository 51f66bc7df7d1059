export module wordmill.core:notes;
import :error;
import :numbers;
import wordmill.standard;

namespace wordmill {
/// What a file says about itself in words, by key: options of a run, where it stands, scores of a model.
export using note_map = std::map<std::string, std::string>;

/// The note `key`, taken out of `notes`. `failure::bad_data` that names note and file when there is none.
export [[nodiscard]] inline std::string taken_note(note_map& notes, std::string const& key, std::string const& file) {
    auto const node = notes.extract(key);
    if (node.empty()) throw error(failure::bad_data, "expected a note '" + key + "', found none", {.file = file});
    return node.mapped();
}
/// The same for a note that is a number; `failure::bad_data` for other text, too.
export template <class Number>
[[nodiscard]] Number taken_number(note_map& notes, std::string const& key, std::string const& file) {
    auto const text = taken_note(notes, key, file);
    if (auto const value = parse_number<Number>(text)) return *value;
    throw error(failure::bad_data, "expected a number as note '" + key + "', found '" + text + "'", {.file = file});
}
}
