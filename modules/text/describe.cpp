module;
#include <string>
module wordmill.text;
import :tokenizer;
import :tokenizing;
import wordmill.core;

// The structured bindings name every member, so that a new one cannot be forgotten.
namespace wordmill::detail {
void describe(token_limit const& limit, note_map& notes) {
    auto const& [max_bytes, on_long, counts] = limit;
    (void)counts;
    notes["max-token"] = std::to_string(max_bytes);
    notes["long-tokens"] = name_in(long_token_names, on_long);
}

void describe(unicode_options const& options, note_map& notes) {
    auto const& [form, letters, keep_numbers, keep_punctuation] = options;
    notes["normalize"] = name_in(normal_form_names, form);
    notes["letters"] = name_in(letter_case_names, letters);
    notes["numbers kept"] = yes_no(keep_numbers);
    notes["keep-punctuation"] = yes_no(keep_punctuation);
}

void describe(character_options const& options, note_map& notes) {
    auto const& [unit, keep_blanks, form, letters] = options;
    notes["tokenizer"] = unit == character_unit::grapheme ? "graphemes" : "characters";
    notes["keep-blanks"] = yes_no(keep_blanks);
    notes["normalize"] = name_in(normal_form_names, form);
    notes["letters"] = name_in(letter_case_names, letters);
}
}
