module;
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :checkpoint_arguments;
import :command_line;
import :counting_arguments;
import :metrics_arguments;
import :progress;
import :training_run;
import :vector_output;
import wordmill.core;
import wordmill.compute;
import wordmill.glove;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stats;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
namespace {
struct glove_arguments {
    counting_arguments counting;
    std::string size = "100";
    std::string x_max = "10";
    std::string alpha = "0.75";
    std::string clip = "100";
    std::string epochs = "15";
    std::string rate = "0.1";
    std::string vectors = "sum";
    checkpoint_arguments checkpoints;
    metrics_arguments metrics;
    vector_output_arguments to;
};

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
                     .vector = choose("--vectors", a.vectors, glove_vector_names),
                     .counting = counting.recipe(compute_device::cpu)};
    auto const corpus = counting.open(inputs);
    monitor const watch;
    how.run = run_options_of(counting.run, counting.seed, watch, a.checkpoints, a.metrics, a.to.output.output,
                             a.to.output.overwrite);
    interruptible_run(log, how.run, [&] {
        auto const passes = 1 + (resumes ? 0 : counting.words.passes());
        progress shown(log, "training", {.stored_bytes = passes * total_bytes(inputs)}, watch);
        auto const vectors = train_glove(corpus, how);
        shown.finish();
        auto const rows = save_result(vectors, a.to.output.output, output, log);
        if (log.quiet) return;
        log_line(log, "info", format_count(rows) + " vectors written");
        report_counts(log, how.run.counts);
    });
}
}

void add_train_glove(command_line line) {
    auto const a = std::make_shared<glove_arguments>();
    a->counting.weights = "harmonic";
    a->counting.sample = "1e-4";
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
