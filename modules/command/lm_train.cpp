module;
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :precision_arguments;
import :lm_options;
import :lm_text;
import :metrics_arguments;
import :progress;
import :signals;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.text;
import wordmill.training;

namespace wordmill {
namespace {
void train(lm_arguments const& a) {
    auto const log = a.run.log();
    auto const say = [log](std::string const& line) {
        if (!log.quiet) log_line(log, "info", line);
    };
    auto how = recipe_of(a);
    auto const inputs = find_inputs(a.text.input.inputs);
    auto const corpus = a.text.open(inputs, a.run);
    if (!a.valid.empty()) how.validation = a.text.open(find_inputs(std::vector{a.valid}), a.run);
    bool const resumes = a.checkpoints.resumes();
    check_passes("lm train", inputs, 1 + (resumes ? 0 : a.words.passes()),
                 "write the input to a file, or give --vocabulary");
    language_model_folder const folder{a.output};
    a.metrics.check(folder.file("model.safetensors"), inputs, a.overwrite || resumes);
    how.products = a.precision.resolve_precision(a.run);
    (void)cpu_operations(1, how.products); // refused before the work where the processor has no such arithmetic
    folder.begin(a.overwrite || resumes);

    monitor watch;
    how.run.watch = watch;
    how.run.threads = a.run.thread_count();
    how.run.memory_bytes = a.run.memory_bytes();
    how.run.on_message = say;
    how.run.on_warning = [log](std::string const& line) {
        if (!log.quiet) log_line(log, "warning", line);
    };
    how.run.metrics_seconds = a.metrics.seconds();
    how.run.metrics = [&a](begun_run begun) {
        begun.notes["output"] = a.output;
        return a.metrics.sinks(begun, a.overwrite);
    };
    auto const save = [&](language_model<float>& model, vocabulary const& words, note_map notes) {
        a.text.describe(notes);
        folder.save(model, words, std::move(notes), a.half);
    };
    how.on_best = save;

    std::optional<error> stopped;
    interruptible(log, watch, [&] {
        progress shown(log, "training", {}, watch);
        std::optional<trained_language_model> trained;
        try {
            trained.emplace(train_language_model(corpus, how));
        } catch (error const& e) {
            if (e.kind() != failure::interrupted || !run_folder::holds_checkpoint(how.run.folder)) throw;
            stopped = e;
            return;
        }
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch.learnt().tokens) / shown.seconds());
        shown.finish();
        if (!folder.holds_model()) save(trained->model, trained->words, trained->notes); // nothing was left to train
        say("the model is in " + a.output + "; " + format_count(speed) + " tokens/s");
        if (!log.quiet) report_counts(log, trained->counts);
    });
    if (stopped)
        throw error(failure::interrupted, "stopped on request; everything trained so far is in the checkpoint",
                    stopped->where(), "--resume goes on");
}
}

void add_lm_train(command_line line) {
    auto const a = std::make_shared<lm_arguments>();
    auto command = line.subcommand("train", "Train a model to predict the next word of a text");
    a->add_to(command);
    command.run([a] { train(*a); });
}
}
