module;
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
module wordmill.command;
import :arguments;
import :command_line;
import :device_arguments;
import :matrix_arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.compute;
import wordmill.io;
import wordmill.stats;
import wordmill.text;

namespace wordmill {
namespace {
struct ppmi_arguments {
    run_arguments run;
    device_arguments device;
    std::string counts;
    std::string vocabulary;
    ppmi_option_arguments how;
    output_arguments output;
    std::string format = "auto";
};

void write_ppmi(ppmi_arguments const& a) {
    auto const log = a.run.log();
    if (a.output.output == "-") throw error(failure::usage, "ppmi: expected --output FILE for the matrix, found none");
    check_output(a.output.output, a.output.overwrite);
    auto const output = a.output.resolve(find_inputs(std::vector{a.counts}));
    auto const format = a.format == "auto" ? matrix_format::automatic : matrix_format_named(a.format);
    auto options = a.how.resolve();
    options.threads = a.run.thread_count();
    options.memory_bytes = a.run.memory_bytes();
    options.device = a.device.resolve(log, false);
    auto const fingerprint = a.vocabulary.empty() ? 0 : load_vocabulary(a.vocabulary).fingerprint();
    monitor const watch;
    interruptible(log, watch, [&] {
        auto const counts =
            load_cooccurrences(a.counts, {.vocabulary = fingerprint, .memory_bytes = options.memory_bytes});
        auto const matrix = ppmi(counts, options);
        save_matrix(matrix.view(), a.output.output, {.format = format, .vocabulary = fingerprint, .output = output});
        if (!log.quiet)
            log_line(log, "info",
                     format_count(matrix.view().nonzeros()) + " positive values of "
                         + format_count(counts.totals().nonzeros) + " pairs of " + format_count(counts.size())
                         + " types");
    });
}
}

void add_ppmi(command_line line) {
    auto const a = std::make_shared<ppmi_arguments>();
    auto command =
        line.subcommand("ppmi", "Compute the positive pointwise mutual information of a co-occurrence matrix");
    command.option("counts", a->counts, "The matrix, written by 'cooccur', GloVe or SciPy, or in Matrix Market format",
                   "FILE", {.required = true});
    a->how.add_to(command);
    command.option("--vocabulary", a->vocabulary, "Check that the matrix belongs to this vocabulary", "FILE");
    a->output.add_to(command, "The matrix");
    command.under("Output").option("--matrix-format", a->format,
                                   "auto (by extension), wordmill, matrix-market, glove, npz", "NAME");
    a->run.add_to(command);
    a->device.add_to(command);
    command.run([a] { write_ppmi(*a); });
}
}
