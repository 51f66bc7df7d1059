module;
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :pair_arguments;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.recipes;
import wordmill.text;

namespace wordmill {
void pair_arguments::add_to(command_line line) {
    line.option(
        "inputs", reading.inputs,
        "Files of pairs; or files of sources and then as many files of targets, line by line; - is standard input",
        "INPUT", {.required = true});
    auto pairs = line.under("Pairs");
    pairs.option("--pairs", layout,
                 "auto (by content), separated (source, separator, target), parallel (two files), jsonl", "LAYOUT");
    pairs.option("--separator", separator, "What stands between source and target; a tab if not given", "TEXT");
    pairs.option("--source-field", source_field, "The JSON field of the source; a.b inside a", "NAME");
    pairs.option("--target-field", target_field, "The JSON field of the target", "NAME");
    reading.add_reading_to(pairs);
}

pair_options pair_arguments::resolve(run_arguments const& run) const {
    pair_options options{reading.resolve(run, {}, {})};
    options.layout = choose("--pairs", layout, pair_layout_names);
    if (!separator.empty()) options.separator = separator;
    options.source_field = source_field;
    options.target_field = target_field;
    return options;
}

void sequence_arguments::add_to(command_line line) {
    auto tokens = line.under("Tokens");
    std::string names;
    for (auto const& known : tokenizer_names()) names += (names.empty() ? "" : ", ") + known;
    tokens.option("--tokenizer", tokenizer, "Of both sides: " + names, "NAME");
    tokens.option("--target-tokenizer", target_tokenizer, "Of targets, if it is another one", "NAME");
    tokens.option("--letters", letters, "Letter case of characters and Unicode words: keep, lower, fold", "CASE");
    tokens.option("--normalize", normalize, "Unicode normalisation of the same: none, nfc, nfkc", "FORM");
}

namespace {
/// Refuses a tokenizer before any work, with the option that names it.
void check_tokenizer(sequence_text const& text, std::string const& option) {
    try {
        (void)text.split();
    } catch (error const& e) {
        throw error(e.kind(), option + ": " + e.what(), e.where());
    }
}
}

sequence_text sequence_arguments::source() const {
    sequence_text text{.tokenizer = tokenizer,
                       .letters = choose("--letters", letters, letter_case_names),
                       .form = choose("--normalize", normalize, normal_form_names)};
    check_tokenizer(text, "--tokenizer");
    return text;
}

sequence_text sequence_arguments::target() const {
    auto text = source();
    if (target_tokenizer.empty()) return text;
    text.tokenizer = target_tokenizer;
    check_tokenizer(text, "--target-tokenizer");
    return text;
}
}
