module;
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.recipes;
import :language_text;
import wordmill.core;
import wordmill.pipeline;
import wordmill.text;
import wordmill.training;

namespace wordmill {
namespace {
tokenizer with_marks(tokenizer split, std::string const& sentence_end, tally const& counts) {
    return sentence_end.empty() ? split : mark_sentence_ends(std::move(split), sentence_end, counts);
}

template <class T, std::size_t N>
std::string name_or_nothing(named_value<T> const (&names)[N], std::optional<T> const& value) {
    return value ? std::string(name_in(names, *value)) : std::string();
}
}

tokenizer language_text::split(tally const& counts) const {
    tokenizer_options options{.limit = {.max_bytes = max_token_bytes, .on_long = on_long, .counts = counts}};
    if (form) options.unicode.form = options.characters.form = *form;
    if (letters) options.unicode.letters = options.characters.letters = *letters;
    options.unicode.keep_punctuation = keep_punctuation;
    options.characters.keep_blanks = keep_blanks;
    return with_marks(tokenizer_named(tokenizer, options), sentence_end, counts);
}

tokenizer_maker language_text::splitting() const {
    (void)split();
    return [how = *this](tally const& counts) { return how.split(counts); };
}

tokenizer_maker language_text::marking() const {
    return [limit = token_limit{.max_bytes = max_token_bytes, .on_long = on_long},
            end = sentence_end](tally const& counts) mutable {
        limit.counts = counts;
        return with_marks(listed_words(limit), end, counts);
    };
}

void language_text::describe(note_map& notes) const {
    notes["sentence-end"] = sentence_end;
    notes["tokenizer"] = tokenizer;
    notes["normalize"] = name_or_nothing(normal_form_names, form);
    notes["letters"] = name_or_nothing(letter_case_names, letters);
    notes["max-token"] = std::to_string(max_token_bytes);
    notes["long-tokens"] = name_in(long_token_names, on_long);
    notes["keep-punctuation"] = yes_no(keep_punctuation);
    notes["keep-blanks"] = yes_no(keep_blanks);
}

language_text language_text::of(note_map const& notes, std::string const& file) {
    note_reader const in("language model", notes, file);
    auto const given = [&](char const* key) { return in.has(key) && !in.text(key).empty(); };
    language_text text;
    if (in.has("sentence-end")) text.sentence_end = in.text("sentence-end"); // empty: no mark
    if (given("tokenizer")) text.tokenizer = in.text("tokenizer");
    if (given("normalize")) text.form = in.name("normalize", normal_form_names);
    if (given("letters")) text.letters = in.name("letters", letter_case_names);
    if (given("max-token")) text.max_token_bytes = parse_bytes(in.text("max-token"), "max-token");
    if (given("long-tokens")) text.on_long = in.name("long-tokens", long_token_names);
    if (given("keep-punctuation")) text.keep_punctuation = in.flag("keep-punctuation");
    if (given("keep-blanks")) text.keep_blanks = in.flag("keep-blanks");
    return text;
}

language_prompt language_text::prompt(std::string const& text, vocabulary const& words) const {
    text_block block;
    block.text = text;
    block.continued = true; // no sentence ends with it
    auto const found = split()(block);
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < found.words.size(); ++i) tokens.emplace_back(found.word(i));
    return prompt(tokens, words);
}

language_prompt language_text::prompt(std::span<std::string const> text, vocabulary const& words) const {
    language_prompt read;
    for (auto const& word : text) {
        auto const id = words.find(word);
        if (!id) read.unknown.push_back(word);
        if (id || words.unknown()) read.ids.push_back(id ? *id : *words.unknown());
    }
    if (read.ids.empty() && !read.unknown.empty()) {
        std::string shown;
        append(shown, text);
        throw error(failure::bad_data,
                    "--prompt: expected a word of the model's vocabulary, found none in '" + shown + "'");
    }
    if (read.ids.empty() && !sentence_end.empty()) read.ids.push_back(words.id(sentence_end));
    return read;
}

void language_text::append(std::string& text, std::span<std::string const> words) const {
    bool const characters = tokenizer == "characters" || tokenizer == "graphemes";
    for (auto const& word : words) {
        if (word == sentence_end)
            text += characters ? "\n" : ".\n";
        else
            text += (characters || text.empty() || text.ends_with('\n') ? "" : " ") + word;
    }
}
}
