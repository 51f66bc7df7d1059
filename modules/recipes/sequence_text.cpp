module;
#include <cstddef>
#include <string>
#include <string_view>
module wordmill.recipes;
import :sequence_text;
import wordmill.core;
import wordmill.text;
import wordmill.training;

namespace wordmill {
namespace {
constexpr std::string_view sentencepiece_prefix = "sentencepiece:";
}

tokenizer sequence_text::split(tally const& counts) const {
    return tokenizer_named(tokenizer, {.limit = {.max_bytes = max_token_bytes, .counts = counts},
                                       .unicode = {.form = form, .letters = letters, .keep_punctuation = true},
                                       .characters = {.keep_blanks = true, .form = form, .letters = letters}});
}

std::string sequence_text::sentencepiece_model() const {
    return tokenizer.starts_with(sentencepiece_prefix) ? tokenizer.substr(sentencepiece_prefix.size()) : std::string();
}

void sequence_text::describe(std::string const& side, note_map& notes) const {
    notes[side + "-tokenizer"] = tokenizer;
    notes[side + "-letters"] = name_in(letter_case_names, letters);
    notes[side + "-normalize"] = name_in(normal_form_names, form);
    notes[side + "-max-token"] = std::to_string(max_token_bytes);
}

sequence_text sequence_text::of(std::string const& side, note_map const& notes, std::string const& file) {
    note_reader const in("sequence-to-sequence model", notes, file);
    sequence_text text{.tokenizer = in.text(side + "-tokenizer"),
                       .letters = in.name(side + "-letters", letter_case_names),
                       .form = in.name(side + "-normalize", normal_form_names)};
    in.number(side + "-max-token", text.max_token_bytes);
    return text;
}
}
