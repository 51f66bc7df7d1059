module;
#include <cstdint>
#include <functional>
#include <map>
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
import :vector_output;
import wordmill.core;
import wordmill.compute;
import wordmill.io;
import wordmill.linear_algebra;
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

void factorise(svd_arguments const& a) {
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
        write_svd_vectors(view, words, a.how, device, a.run, {{"model", "svd"}}, a.to, output);
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
    auto options = a.values.resolve();
    options.threads = run.thread_count();
    options.memory_bytes = run.memory_bytes() / 2;
    auto how = a.how;
    how.seed = a.counting.seed;
    (void)how.resolve(); // before the work begins
    (void)how.vectors();
    options.device = a.device.resolve(log, true);
    monitor const watch;
    interruptible(log, watch, [&] {
        auto found = count_corpus("train", a.counting, inputs, watch, 0.5, options.device);
        auto const matrix = ppmi(found.counts, options);
        if (!log.quiet)
            log_line(log, "info",
                     format_count(found.counts.totals().nonzeros) + " pairs of types, "
                         + format_count(matrix.view().nonzeros()) + " positive values");
        found.counts = {};
        std::map<std::string, std::string> notes{{"model", "ppmi-svd"},
                                                 {"window", a.counting.window},
                                                 {"weights", a.counting.weights},
                                                 {"sample", a.counting.sample},
                                                 {"seed", a.counting.seed}};
        a.values.note(notes);
        write_svd_vectors(matrix.view(), found.words, how, options.device, run, std::move(notes), a.to, output);
        if (!log.quiet) log_line(log, "info", format_count(found.words.size()) + " vectors written");
    });
}
}

void add_svd(command_line line) {
    auto const a = std::make_shared<svd_arguments>();
    auto command =
        line.subcommand("svd", "Word vectors of a sparse matrix: its truncated singular value decomposition");
    command.option("matrix", a->matrix, "The matrix, as 'ppmi' or 'cooccur' write it, or SciPy, Matrix Market", "FILE",
                   {.required = true});
    command.option("--vocabulary", a->vocabulary, "What the rows are", "FILE", {.required = true});
    a->how.add_to(command, true);
    a->to.add_to(command);
    a->run.add_to(command);
    a->device.add_to(command);
    command.run([a] { factorise(*a); });
}

void add_train_ppmi_svd(command_line line) {
    auto const a = std::make_shared<ppmi_svd_arguments>();
    auto command = line.subcommand("ppmi-svd", "Count co-occurrence, take PPMI, factorise it");
    a->counting.add_to(command);
    a->values.add_to(command);
    a->how.add_to(command, false);
    a->to.add_to(command);
    a->counting.run.add_to(command);
    a->device.add_to(command);
    command.run([a] { train(*a); });
}
}
