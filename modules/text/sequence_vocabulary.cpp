module;
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.text;
import wordmill.core;
import :counting;
import :sequence_vocabulary;
import :vocabulary;
import :vocabulary_file;

namespace wordmill {
namespace {
std::vector<std::string> marks() { return {std::string(padding_word), std::string(begin_word), std::string(end_word)}; }
}

sequence_marks sequence_marks_of(vocabulary const& words, std::string file) {
    auto const mark = [&](std::string_view name) {
        if (auto const id = words.find(name)) return *id;
        throw error(failure::bad_data,
                    "vocabulary of a sequence-to-sequence model: expected the words <pad>, <s> and </s>, found no '"
                        + std::string(name) + "'",
                    {.file = file}, "make it with the training command, which adds them");
    };
    sequence_marks out{.padding = mark(padding_word), .begin = mark(begin_word), .end = mark(end_word)};
    out.unknown = words.unknown() ? words.unknown() : words.find(unknown_word);
    return out;
}

vocabulary sequence_vocabulary(counted_words const& counts, sequence_vocabulary_options const& options) {
    auto const least = marks().size() + 2; // the unknown word, and one to learn
    if (options.max_size != 0 && options.max_size < least)
        throw error(failure::usage, "vocabulary: expected a limit of at least " + std::to_string(least)
                                        + " types, since <pad>, <s>, </s> and <unk> count, found "
                                        + std::to_string(options.max_size));
    vocabulary_options selected{.min_count = options.min_count,
                                .max_size = options.max_size,
                                .specials = {std::string(unknown_word)},
                                .always = marks(),
                                .unknown = std::string(unknown_word)};
    if (options.unknown) selected.always.emplace_back(unknown_word);
    vocabulary words(counts, selected);
    if (words.unknown() || words.dropped_types() == 0) return words;
    selected.always.emplace_back(unknown_word);
    return vocabulary(counts, selected);
}

load_options sequence_load_options() {
    auto specials = marks();
    specials.emplace_back(unknown_word);
    return {.specials = std::move(specials), .unknown = std::string(unknown_word)};
}
}
