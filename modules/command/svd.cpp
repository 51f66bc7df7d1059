module;
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :command_line;
import :counting_arguments;
import :device_arguments;
import :matrix_arguments;
import :progress;
import :signals;
import :training_run;
import :vector_output;
import wordmill.core;
import wordmill.compute;
import wordmill.io;
import wordmill.linear_algebra;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
namespace {
struct svd_arguments {
    run_arguments run;
    device_arguments device;
    std::string matrix;
    std::string vocabulary;
    svd_option_arguments how;
    vector_output_arguments to;
};

void run_svd(svd_arguments const& a) {
    auto const output = a.to.resolve("svd", find_inputs(std::vector{a.matrix}));
    auto const log = a.run.log();
    auto const device = a.device.resolve(log, true);
    monitor const watch;
    interruptible(log, watch, [&] {
        auto const words = load_vocabulary(a.vocabulary);
        auto const matrix =
            load_matrix(a.matrix, {.vocabulary = words.fingerprint(), .memory_bytes = a.run.memory_bytes()});
        auto const view = matrix.view();
        if (view.rows != words.size())
            throw error(failure::bad_data,
                        "svd: expected a row for each of the " + format_count(words.size())
                            + " types of the vocabulary, found " + format_count(view.rows),
                        {.file = a.matrix});
        auto how = a.how.recipe();
        how.svd.device = device;
        (void)save_result(
            wordmill::factorise(view, words, how,
                                {.threads = a.run.thread_count(),
                                 .seed = parse_count(a.how.seed, "--seed"),
                                 .on_message =
                                     [log](std::string const& line) {
                                         if (!log.quiet) log_line(log, "info", line);
                                     },
                                 .on_warning = [log](std::string const& line) { log_line(log, "warning", line); }},
                                {{"model", "svd"}}),
            a.to.output.output, output, log);
    });
}

struct ppmi_svd_arguments {
    counting_arguments counting;
    device_arguments device;
    ppmi_option_arguments values;
    svd_option_arguments how;
    vector_output_arguments to;
};

void train(ppmi_svd_arguments const& a) {
    auto const& run = a.counting.run;
    auto const log = run.log();
    auto const inputs = find_inputs(a.counting.input.inputs);
    auto const output = a.to.resolve("train", inputs);
    ppmi_svd_recipe how{.values = a.values.resolve(), .factorisation = a.how.recipe()};
    how.counting = a.counting.recipe(a.device.resolve(log, true));
    auto const corpus = a.counting.open(inputs);
    monitor const watch;
    interruptible(log, watch, [&] {
        how.run = run_options_of(a.counting.run, a.counting.seed, watch);
        progress shown(log, "counting", {.stored_bytes = (1 + passes_of(how.counting.words)) * total_bytes(inputs)},
                       watch);
        auto const vectors = train_ppmi_svd(corpus, how);
        shown.finish();
        auto const rows = save_result(vectors, a.to.output.output, output, log);
        if (log.quiet) return;
        log_line(log, "info", format_count(rows) + " vectors written");
        report_counts(log, how.run.counts);
    });
}
}

void add_svd(command_line line) {
    auto const a = std::make_shared<svd_arguments>();
    auto command =
        line.subcommand("svd", "Compute word vectors of a sparse matrix by truncated singular value decomposition");
    command.option("matrix", a->matrix, "The matrix, written by 'ppmi', 'cooccur' or SciPy, or in Matrix Market format",
                   "FILE", {.required = true});
    command.option("--vocabulary", a->vocabulary, "The vocabulary of the rows", "FILE", {.required = true});
    a->how.add_to(command, true);
    a->to.add_to(command);
    a->run.add_to(command);
    a->device.add_to(command);
    command.run([a] { run_svd(*a); });
}

void add_train_ppmi_svd(command_line line) {
    auto const a = std::make_shared<ppmi_svd_arguments>();
    auto command = line.subcommand("ppmi-svd", "Count co-occurrences, compute PPMI and factorise it");
    a->counting.weights = "harmonic";
    a->counting.sample = "1e-4";
    a->counting.add_to(command);
    a->values.add_to(command);
    a->how.add_to(command, false);
    a->to.add_to(command);
    a->counting.run.add_to(command);
    a->device.add_to(command);
    command.run([a] { train(*a); });
}
}
