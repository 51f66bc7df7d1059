module;
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :progress;
import :signals;
import :vector_output;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.recipes;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
namespace {
struct vectors_arguments {
    std::string model;
    run_arguments run;
    arithmetic_arguments arithmetic; // without its precision: nothing is multiplied
    vector_output_arguments output;
};

void write_embedding(vectors_arguments const& a) {
    auto const log = a.run.log();
    auto const to = a.output.resolve("lm vectors", {});
    monitor watch;
    interruptible(log, watch, [&] {
        auto const ops =
            a.arithmetic.resolve(a.run, [&] { return language_model_folder{{a.model}}.device_bytes(1, 1); });
        auto loaded = load_language_model_folder(a.model, ops, a.run.memory_bytes());
        auto const vectors = loaded.embedding();
        auto const rows = save_result(vectors, a.output.output.output, to, log);
        if (!log.quiet)
            log_line(log, "info",
                     format_count(rows) + " vectors of " + std::to_string(vectors.dimension()) + " values written");
    });
}
}

void add_lm(command_line line) {
    auto command = line.subcommand("lm", "Language models: train, evaluate, generate, vectors");
    command.needs_subcommand();
    add_lm_train(command);
    add_lm_evaluate(command);
    add_lm_generate(command);

    auto const v = std::make_shared<vectors_arguments>();
    auto vectors = command.subcommand("vectors", "Write the embedding of a model as word vectors");
    vectors.option("model", v->model, "The folder of the model", "FOLDER", {.required = true});
    v->output.add_to(vectors);
    v->run.add_to(vectors);
    v->arithmetic.device.add_to(vectors);
    vectors.run([v] { write_embedding(*v); });
}
}
