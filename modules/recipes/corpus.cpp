module;
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>
module wordmill.recipes;
import :corpus;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.text;

namespace wordmill {
any_corpus read(std::vector<std::string> const& names, corpus_options how, tokenizer_maker split) {
    if (!split) split = [](tally const& counts) { return unicode_words({}, {.counts = counts}); };
    return any_corpus(find_inputs(names), std::move(how), std::move(split));
}
any_corpus read(std::string name, corpus_options how, tokenizer_maker split) {
    return read(std::vector{std::move(name)}, std::move(how), std::move(split));
}

vocabulary make_vocabulary(any_corpus const& corpus, vocabulary_recipe const& recipe, pass_options const& pass,
                           std::uint64_t memory_bytes) {
    if (recipe.given) {
        corpus.require(*recipe.given);
        return *recipe.given;
    }
    if (corpus.encoded())
        throw error(failure::usage, "expected a vocabulary (--vocabulary FILE) with an encoded corpus, found none",
                    {.file = corpus.files_of_ids().front().name()}, "give the vocabulary it was encoded with");
    return vocabulary(
        count_words(corpus.text(pass), corpus.split({}), {.memory_bytes = memory_bytes / 2, .threads = pass.threads}),
        {.min_count = recipe.min_count, .max_size = recipe.max_size});
}

void check_passes(std::vector<input_file> const& inputs, std::uint64_t passes) {
    for (auto const& input : inputs)
        if (passes > 1 && !input.can_reread())
            throw error(failure::usage,
                        "expected files, which can be read " + std::to_string(passes) + " times, found a pipe",
                        {.file = input.name},
                        "give --vocabulary, and --epochs 1 to skip-gram and CBOW, or write the input to a file");
}

void check_passes(any_corpus const& corpus, std::uint64_t passes) {
    check_passes(corpus.inputs(), passes);
    if (passes > 1 && corpus.source() && !corpus.source()->can_reread())
        throw error(failure::usage,
                    "expected text that can be read " + std::to_string(passes) + " times, found "
                        + corpus.source()->name(),
                    {}, "keep it with spooled_text");
}
}
