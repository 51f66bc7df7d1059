module;
#include <functional>
#include <memory>
#include <string>
module wordmill.command;
import :arguments;
import :command_line;
import :counting_arguments;
import :device_arguments;
import :progress;
import :signals;
import :training_run;
import wordmill.core;
import wordmill.compute;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stats;
import wordmill.text;

namespace wordmill {
namespace {
struct cooccur_arguments {
    counting_arguments counting;
    device_arguments device;
    output_arguments output;
    std::string format = "auto";
};

void count(cooccur_arguments const& a) {
    auto const log = a.counting.run.log();
    if (a.counting.words.file.empty())
        throw error(failure::usage, "cooccur: expected --vocabulary FILE, which says what the rows are, found none");
    if (a.output.output == "-")
        throw error(failure::usage, "cooccur: expected --output FILE for the matrix, found none");
    auto const inputs = find_inputs(a.counting.input.inputs);
    auto const format = a.format == "auto" ? matrix_format::automatic : matrix_format_named(a.format);
    check_output(a.output.output, a.output.overwrite);
    auto const how = a.counting.recipe(a.device.resolve(log, false));
    auto const corpus = a.counting.open(inputs);
    monitor watch;
    interruptible(log, watch, [&] {
        auto const output = a.output.resolve(inputs);
        progress shown(log, "counting", {.stored_bytes = total_bytes(inputs)}, watch);
        auto const found = count_pairs(corpus, how, run_options_of(a.counting.run, a.counting.seed, watch));
        auto const limiting = shown.limiting_stage();
        auto const seconds = shown.seconds();
        shown.finish();
        save_cooccurrences(found.counts, a.output.output,
                           {.format = format, .vocabulary = found.words.fingerprint(), .output = output});
        if (log.quiet) return;
        log_line(log, "info",
                 format_count(static_cast<std::uint64_t>(static_cast<double>(watch.tokens()) / seconds))
                     + " tokens/s, limited by " + limiting);
        report_counts(log, found.report);
        auto const& sums = found.counts.totals(); // reads the matrix once more
        log_line(log, "info",
                 format_count(sums.nonzeros) + " pairs of types, weights of "
                     + format_count(sums.all / found.counts.unit()) + " in all");
    });
}
}

void add_cooccur(command_line line) {
    auto const a = std::make_shared<cooccur_arguments>();
    auto command = line.subcommand("cooccur", "Count word co-occurrences: a sparse matrix");
    a->counting.add_to(command);
    a->output.add_to(command, "The matrix");
    command.under("Output").option("--matrix-format", a->format,
                                   "auto (by extension), wordmill, matrix-market, glove, npz", "NAME");
    a->counting.run.add_to(command);
    a->device.add_to(command);
    command.run([a] { count(*a); });
}
}
