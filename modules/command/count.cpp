module;
#include <cstdint>
#include <functional>
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
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
struct count_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
    output_arguments output;
    std::string min_count = "1";
    std::string max_size = "0";
    std::string prune_at = "0";
    std::string temporary;
};

void count(count_arguments const& arguments) {
    auto const log = arguments.run.log();
    auto const inputs = find_inputs(arguments.input.inputs);
    monitor watch;
    tally counts;
    interruptible(log, watch, [&] {
        auto const options = arguments.input.resolve(arguments.run, watch, counts);
        vocabulary_options keep;
        keep.min_count = parse_count(arguments.min_count, "--min-count");
        keep.max_size = parse_count(arguments.max_size, "--max-size");
        output_file output(arguments.output.output, arguments.output.resolve(inputs));
        progress shown(log, "counting", {.stored_bytes = total_bytes(inputs)}, watch);
        auto const counted = count_words(shown.timed(read_corpus(inputs, options)), arguments.tokens.resolve(counts),
                                         {.memory_bytes = arguments.run.memory_bytes() / 2,
                                          .threads = arguments.run.thread_count(),
                                          .temporary_folder = arguments.temporary,
                                          .prune_at = parse_count(arguments.prune_at, "--prune-at"),
                                          .counts = counts,
                                          .progress = watch});
        auto const limiting = shown.limiting_stage();
        auto const written = write_counts(counted, output, keep);
        output.commit();
        shown.finish();
        if (log.quiet) return;
        auto const rate = static_cast<std::uint64_t>(static_cast<double>(counted.tokens()) / shown.seconds());
        log_line(
            log, "info",
            format_count(counted.tokens()) + " tokens of " + format_count(counted.types()) + " types, "
                + format_count(written.types) + " written; " + format_count(rate) + " tokens/s, limited by " + limiting
                + (counted.spilled_runs() != 0 ? "; " + format_count(counted.spilled_runs()) + " runs spilled" : ""));
        report_counts(log, counts);
    });
}
}

void add_count(command_line line) {
    auto const a = std::make_shared<count_arguments>();
    auto command = line.subcommand("count", "Count the words of a corpus: a vocabulary, word<TAB>count per line");
    a->input.add_to(command);
    a->tokens.add_to(command);
    auto words = command.under("Vocabulary");
    words.option("--min-count", a->min_count, "Leave out rarer words", "N");
    words.option("--max-size", a->max_size, "Keep at most this many types; 0 = all", "N");
    words.option("--prune-at", a->prune_at, "Above this many types drop the rarest (inexact, reported); 0 = never",
                 "N");
    words.option("--temporary", a->temporary, "Folder for data beyond the memory budget", "FOLDER");
    a->output.add_to(command, "The vocabulary");
    a->run.add_to(command);
    command.run([a] { count(*a); });
}
}
