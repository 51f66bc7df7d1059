module;
#include <coroutine>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :lm_text;
import :progress;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.language_model;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
void text_arguments::add_to(command_line line) {
    input.add_to(line);
    tokens.add_to(line, false);
    line.under("Run").option("--temporary", temporary, "Where the ids of the text are kept meanwhile", "FOLDER");
}

void text_arguments::describe(note_map& notes) const {
    notes["sentence-end"] = tokens.sentence_end;
    notes["tokenizer"] = tokens.tokenizer;
    notes["normalize"] = tokens.normalize;
    notes["letters"] = tokens.letters;
    notes["max-token"] = tokens.max_token;
    notes["long-tokens"] = tokens.long_tokens;
    notes["keep-punctuation"] = tokens.keep_punctuation ? "yes" : "no";
    notes["keep-blanks"] = tokens.keep_blanks ? "yes" : "no";
}

void text_arguments::obey(note_map const& notes) {
    auto const take = [&](char const* key, std::string& value) { value = note_or(notes, key, value); };
    take("sentence-end", tokens.sentence_end);
    take("tokenizer", tokens.tokenizer);
    take("normalize", tokens.normalize);
    take("letters", tokens.letters);
    take("max-token", tokens.max_token);
    take("long-tokens", tokens.long_tokens);
    tokens.keep_punctuation = note_or(notes, "keep-punctuation", "no") == "yes";
    tokens.keep_blanks = note_or(notes, "keep-blanks", "no") == "yes";
}

any_corpus text_arguments::open(std::vector<input_file> const& inputs, run_arguments const& run) const {
    return input.open(inputs, tokens, run);
}

stored_ids text_arguments::ids_of(any_corpus const& corpus, vocabulary const& words, run_arguments const& run,
                                  monitor const& watch, tally const& counts) const {
    corpus.require_sentence_mark(words, tokens.sentence_end);
    return stored_ids(corpus.ids(words, input.pass(run, watch, counts)), temporary, watch);
}

std::string note_or(note_map const& notes, std::string const& key, std::string const& otherwise) {
    auto const found = notes.find(key);
    return found == notes.end() ? otherwise : found->second;
}
}
