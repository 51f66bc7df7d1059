module;
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :command_line;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.recipes;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
void vocabulary_arguments::add_to(command_line line) {
    auto words = line.under("Vocabulary");
    words.option("--vocabulary", file, "Use this vocabulary, written by 'count', instead of counting", "FILE");
    words.option("--min-count", min_count, "Leave out rarer words", "N");
    words.option("--max-size", max_size, "Keep at most this many types; 0 = all", "N");
}

vocabulary_recipe vocabulary_arguments::recipe() const {
    vocabulary_recipe how{.min_count = parse_count(min_count, "--min-count"),
                          .max_size = parse_count(max_size, "--max-size")};
    if (!file.empty()) how.given = load_vocabulary(file);
    return how;
}

vocabulary vocabulary_arguments::resolve(any_corpus const& corpus, pass_options const& pass,
                                         run_arguments const& run) const {
    return make_vocabulary(corpus, recipe(), pass, run.memory_bytes());
}
}
