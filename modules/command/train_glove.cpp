module;
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :command_line;
import :counting_arguments;
import :progress;
import :signals;
import :train_options;
import :vector_output;
import wordmill.core;
import wordmill.compute;
import wordmill.glove;
import wordmill.io;
import wordmill.stats;
import wordmill.text;
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
    vector_output_arguments to;
};

constexpr named_value<glove_vector> vector_names[] = {
    {"sum", glove_vector::sum}, {"word", glove_vector::word}, {"context", glove_vector::context}};

void train(glove_arguments const& a) {
    auto const& run = a.counting.run;
    auto const log = run.log();
    auto const inputs = find_inputs(a.counting.input.inputs);
    auto const output = a.to.resolve("train", inputs);
    auto const epochs = parse_count(a.epochs, "--epochs");
    auto const rate = parse_real(a.rate, "--rate");
    auto const which = choose("--vectors", a.vectors, vector_names);
    glove_options options{.dimension = parse_count(a.size, "--size"),
                          .objective = {.x_max = parse_real(a.x_max, "--x-max"),
                                        .alpha = parse_real(a.alpha, "--alpha"),
                                        .clip = parse_real(a.clip, "--clip")}};
    auto const say = [&](std::string const& line) {
        if (!log.quiet) log_line(log, "info", line);
    };
    monitor watch;
    interruptible(log, watch, [&] {
        auto found = count_corpus("train", a.counting, inputs, watch, 0.5, compute_device::cpu);
        auto const& words = found.words;
        options.vocabulary_size = words.size();
        auto const memory = run.memory_bytes();
        auto const for_entries = memory / 4;
        auto const nonzeros = found.counts.totals().nonzeros;
        auto const needed = glove_memory_bytes(options, nonzeros, for_entries, run.thread_count());
        if (needed > memory)
            throw error(failure::resource,
                        "train: " + format_count(words.size()) + " types of " + a.size + " dimensions need "
                            + format_bytes(needed) + ", --memory allows " + format_bytes(memory),
                        {}, "raise --min-count or --memory, lower --size or --max-size");
        auto const key = random_key(parse_count(a.counting.seed, "--seed"));
        glove_model model(options, key.fold_in(2));
        shuffled_cooccurrences const entries(
            found.counts, {.memory_bytes = for_entries, .folder = a.counting.temporary, .key = key.fold_in(3)});
        found.counts = {};
        say(format_count(nonzeros) + " pairs of types" + (entries.spilled() ? ", shuffled on disk" : "") + ", "
            + format_bytes(needed) + " for the model and them");
        glove_loss loss;
        for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
            loss = train_glove_epoch(model, entries,
                                     {.threads = run.thread_count(), .epoch = epoch, .rate = rate, .progress = watch});
            say("epoch " + std::to_string(epoch + 1) + " of " + std::to_string(epochs) + ": loss "
                + number(loss.mean()));
        }
        std::map<std::string, std::string> const notes{{"model", "glove"},
                                                       {"size", a.size},
                                                       {"window", a.counting.window},
                                                       {"weights", a.counting.weights},
                                                       {"x-max", a.x_max},
                                                       {"alpha", a.alpha},
                                                       {"rate", a.rate},
                                                       {"epochs", a.epochs},
                                                       {"seed", a.counting.seed},
                                                       {"vectors", a.vectors},
                                                       {"loss", number(loss.mean())}};
        save_vectors(vectors_of(
                         words, options.dimension,
                         [&](token_id id, std::span<float> row) { model.vector_of(id, row, which); }, notes),
                     a.to.output.output, output);
        say(format_count(words.size()) + " vectors written");
    });
}
}

void add_train_glove(command_line line) {
    auto const a = std::make_shared<glove_arguments>();
    a->counting.weights = "harmonic";
    auto command = line.subcommand("glove", "Count co-occurrence, fit the logarithms of the counts");
    a->counting.add_to(command);
    auto model = command.under("Model");
    model.option("--size", a->size, "Dimensions of a vector", "D");
    model.option("--x-max", a->x_max, "Pairs that count so much have full weight", "X");
    model.option("--alpha", a->alpha, "Power of the weight of others", "A");
    model.option("--clip", a->clip, "Bound on each component of a gradient", "C");
    model.option("--vectors", a->vectors, "sum (of both vectors of a word), word, context", "NAME");
    auto training = command.under("Training");
    training.option("--epochs", a->epochs, "Passes over the pairs", "N");
    training.option("--rate", a->rate, "Learning rate of AdaGrad", "RATE");
    a->to.add_to(command);
    a->counting.run.add_to(command);
    command.run([a] { train(*a); });
}
}
