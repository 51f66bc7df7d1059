module;
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :lm_options;
import :lm_text;
import :metrics_arguments;
import :progress;
import :training_run;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.text;

namespace wordmill {
namespace {
void train(lm_arguments const& a) {
    auto const log = a.run.log();
    auto const say = [log](std::string const& line) {
        if (!log.quiet) log_line(log, "info", line);
    };
    auto how = recipe_of(a);
    auto const inputs = find_inputs(a.text.input.inputs);
    auto const text = a.text.tokens.text();
    auto const corpus = a.text.open(inputs, text, a.run);
    auto tokens = a.text.tokens;
    tokens.sentence_end.clear(); // is compared with that of the ids
    check_text_options(corpus, a.text.input, tokens);
    if (!a.valid.empty()) how.validation = a.text.open(find_inputs(std::vector{a.valid}), text, a.run);
    bool const resumes = a.checkpoints.resumes();
    check_passes(inputs, 1 + (resumes ? 0 : a.words.passes())); // before the folder is made
    language_model_folder const folder{{a.output}};
    a.metrics.check(folder.weights(), inputs, a.overwrite || resumes);
    auto const arithmetic = a.arithmetic.resolve_options(a.run);
    how.device = arithmetic.device;
    how.products = arithmetic.products;
    folder.begin(a.overwrite || resumes);

    monitor const watch;
    how.run = run_options_of(a.run, a.seed, watch, a.checkpoints, a.metrics, a.output, a.overwrite);
    auto const save = [&](language_model<float>& model, vocabulary const& words, note_map const& notes) {
        folder.save(model, words, text, notes, a.half);
    };
    how.on_best = save;

    interruptible_run(log, how.run, [&] {
        progress shown(log, "training", {}, watch);
        auto trained = train_language_model(corpus, how);
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch.learnt().tokens) / shown.seconds());
        shown.finish();
        if (!folder.holds_model()) save(trained.model, trained.words, trained.notes); // nothing was left to train
        say("the model is in " + a.output + "; " + format_count(speed) + " tokens/s");
        if (!log.quiet) report_counts(log, trained.counts);
    });
}
}

void add_lm_train(command_line line) {
    auto const a = std::make_shared<lm_arguments>();
    auto command = line.subcommand("train", "Train a model to predict the next word of a text");
    a->add_to(command);
    command.run([a] { train(*a); });
}
}
