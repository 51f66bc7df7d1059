module;
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
module wordmill.command;
import :arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;

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
        auto const learned = learn_phrases(a.input.open(inputs, a.tokens, a.run),
                                           {.scoring = options,
                                            .passes = static_cast<std::uint32_t>(passes),
                                            .delimiter = a.delimiter,
                                            .temporary_folder = a.temporary},
                                           {.threads = a.run.thread_count(),
                                            .memory_bytes = a.run.memory_bytes(),
                                            .watch = watch,
                                            .on_message = [&](std::string const& line) {
                                                if (!log.quiet) log_line(log, "info", line);
                                            }});
        output.write(format_phrases(learned.table));
        output.commit();
        shown.finish();
        if (!log.quiet) report_counts(log, learned.counts);
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
