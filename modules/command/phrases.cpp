module;
#include <cmath>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
struct phrases_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
    output_arguments output;
    std::string score = "mikolov";
    std::string threshold;
    std::string min_count = "5";
    std::string passes = "1";
    std::string delimiter = "_";
    std::string temporary;
};

phrase_options resolve(phrases_arguments const& a) {
    static constexpr named_value<phrase_score> scores[] = {
        {"mikolov", phrase_score::mikolov}, {"pmi", phrase_score::pmi}, {"npmi", phrase_score::npmi}};
    phrase_options options;
    options.score = choose("--score", a.score, scores);
    if (!a.threshold.empty()) options.threshold = parse_real(a.threshold, "--threshold");
    if (options.threshold && !std::isfinite(*options.threshold))
        throw error(failure::usage, "--threshold: expected a finite number, found '" + a.threshold + "'");
    options.min_count = parse_count(a.min_count, "--min-count");
    return options;
}

void find_phrases(phrases_arguments const& a) {
    auto const log = a.run.log();
    auto const options = resolve(a);
    auto const passes = parse_count(a.passes, "--passes");
    if (passes < 1 || passes > 64) throw error(failure::usage, "--passes: expected 1 to 64, found '" + a.passes + "'");
    auto const inputs = find_inputs(a.input.inputs);
    for (auto const& input : inputs)
        if (!input.can_reread())
            throw error(failure::usage, "phrases: expected files, which can be read twice, found a pipe",
                        {.file = input.name}, "write the input to a file");
    monitor watch;
    interruptible(log, watch, [&] {
        output_file output(a.output.output, a.output.resolve(inputs));
        progress shown(log, "counting", {.stored_bytes = 2 * passes * total_bytes(inputs)}, watch);
        std::vector<phrase> found;
        tally counts;
        for (std::uint32_t pass = 1; pass <= passes; ++pass) {
            tally of_words;
            counts = tally();
            phrase_table const earlier(found, a.delimiter);
            auto const read = [&] [[clang::coro_wrapper]] (tally const& of_pass) {
                return read_corpus(inputs, a.input.resolve(a.run, watch, of_pass));
            };
            auto const split = [&](tally const& of_pass) {
                return join_phrases(a.tokens.resolve(of_pass), earlier, of_pass);
            };
            count_options how{.memory_bytes = a.run.memory_bytes() / 2,
                              .threads = a.run.thread_count(),
                              .temporary_folder = a.temporary,
                              .counts = of_words,
                              .progress = watch};
            vocabulary const words(count_words(shown.timed(read(of_words)), split(of_words), how),
                                   {.min_count = options.min_count});
            how.counts = counts;
            auto const pairs = count_phrases(shown.timed(read(counts)), split(counts), words, how);
            auto more = wordmill::find_phrases(pairs, options, pass);
            if (!log.quiet)
                log_line(log, "info",
                         format_count(pairs.pairs.types()) + " pairs of " + format_count(words.size()) + " words, "
                             + format_count(more.size()) + " phrases in pass " + std::to_string(pass));
            if (more.empty()) break;
            found.insert(found.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
        }
        output.write(format_phrases(phrase_table(std::move(found), a.delimiter)));
        output.commit();
        shown.finish();
        if (!log.quiet) report_counts(log, counts);
    });
}
}

void add_phrases(command_line line) {
    auto const a = std::make_shared<phrases_arguments>();
    auto command = line.subcommand("phrases", "Find phrases: phrase, both words, score, counts and pass per line");
    a->input.add_to(command);
    a->tokens.add_to(command, false);
    auto phrases = command.under("Phrases");
    phrases.option("--score", a->score, "mikolov (as word2phrase), pmi, npmi (-1 to 1)", "NAME");
    phrases.option("--threshold", a->threshold, "Phrases score more than this (mikolov 100, pmi 5, npmi 0.5)", "T");
    phrases.option("--min-count", a->min_count, "Leave out rarer pairs, and pairs of rarer words", "N");
    phrases.option("--passes", a->passes,
                   "Passes; each joins the phrases of the passes before: 2 find up to four words", "N");
    phrases.option("--delimiter", a->delimiter, "Text between the words of a phrase", "TEXT");
    phrases.option("--temporary", a->temporary, "Folder for data beyond the memory budget", "FOLDER");
    a->output.add_to(command, "The phrases");
    a->run.add_to(command);
    command.run([a] { find_phrases(*a); });
}
}
