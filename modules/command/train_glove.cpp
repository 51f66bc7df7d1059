module;
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :checkpoint_arguments;
import :command_line;
import :counting_arguments;
import :metrics_arguments;
import :progress;
import :signals;
import :vector_output;
import wordmill.core;
import wordmill.compute;
import wordmill.glove;
import wordmill.io;
import wordmill.metrics;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stats;
import wordmill.text;
import wordmill.training;
import wordmill.vectors;

namespace wordmill {
namespace {
struct glove_arguments {
    counting_arguments counting;
    std::string size = "100";
    std::string x_max = "100";
    std::string alpha = "0.75";
    std::string clip = "100";
    std::string epochs = "15";
    std::string rate = "0.05";
    std::string vectors = "sum";
    checkpoint_arguments checkpoints;
    metrics_arguments metrics;
    vector_output_arguments to;
};

constexpr named_value<glove_vector> vector_names[] = {
    {"sum", glove_vector::sum}, {"word", glove_vector::word}, {"context", glove_vector::context}};

void train(glove_arguments const& a) {
    auto const& counting = a.counting;
    auto const log = counting.run.log();
    auto const inputs = find_inputs(counting.input.inputs);
    auto const output = a.to.resolve("train", inputs);
    a.checkpoints.check(counting.words.file);
    bool const resumes = a.checkpoints.resumes();
    a.metrics.check(a.to.output.output, inputs, a.to.output.overwrite || resumes);
    glove_recipe how{.dimension = parse_count(a.size, "--size"),
                     .objective = {.x_max = parse_real(a.x_max, "--x-max"),
                                   .alpha = parse_real(a.alpha, "--alpha"),
                                   .clip = parse_real(a.clip, "--clip")},
                     .learning_rate = parse_real(a.rate, "--rate"),
                     .epochs = parse_count(a.epochs, "--epochs"),
                     .vector = choose("--vectors", a.vectors, vector_names),
                     .counting = counting.recipe(compute_device::cpu)};
    auto const corpus = counting.input.open(inputs, counting.tokens, counting.run);
    monitor watch;
    how.run = counting.run_of(watch);
    a.checkpoints.apply(how.run);
    how.run.overwrite = a.to.output.overwrite;
    how.run.metrics_seconds = a.metrics.seconds();
    how.run.metrics = [&a](begun_run begun) {
        begun.notes["output"] = a.to.output.output;
        return a.metrics.sinks(begun, a.to.output.overwrite);
    };
    std::optional<error> stopped;
    interruptible(log, watch, [&] {
        auto const passes = 1 + (resumes ? 0 : counting.words.passes());
        progress shown(log, "training", {.stored_bytes = passes * total_bytes(inputs)}, watch);
        std::optional<word_vectors> vectors;
        try {
            vectors = train_glove(corpus, how);
        } catch (error const& e) {
            if (e.kind() != failure::interrupted || !run_folder::holds_checkpoint(how.run.folder)) throw;
            stopped = e;
            return;
        }
        shown.finish();
        save_vectors(*vectors, a.to.output.output, output);
        if (log.quiet) return;
        log_line(log, "info", format_count(vectors->size()) + " vectors written");
        report_counts(log, how.run.counts);
    });
    if (stopped)
        throw error(failure::interrupted, "stopped on request; everything trained so far is in the checkpoint",
                    stopped->where(), "--resume goes on");
}
}

void add_train_glove(command_line line) {
    auto const a = std::make_shared<glove_arguments>();
    a->counting.weights = "harmonic";
    auto command = line.subcommand("glove", "Count co-occurrence, fit the logarithms of the counts");
    a->counting.add_to(command);
    auto model = command.under("Model");
    model.option("--size", a->size, "Dimensions of a vector", "D");
    model.option("--x-max", a->x_max, "Weight from which pairs have full influence", "X");
    model.option("--alpha", a->alpha, "Power of the weight of others", "A");
    model.option("--clip", a->clip, "Bound on each component of a gradient", "C");
    model.option("--vectors", a->vectors, "sum (of both vectors of a word), word, context", "NAME");
    auto training = command.under("Training");
    training.option("--epochs", a->epochs, "Passes over the pairs", "N");
    training.option("--rate", a->rate, "Learning rate of AdaGrad", "RATE");
    a->checkpoints.add_to(training);
    a->metrics.add_to(command);
    a->to.add_to(command);
    a->counting.run.add_to(command);
    command.run([a] { train(*a); });
}
}
