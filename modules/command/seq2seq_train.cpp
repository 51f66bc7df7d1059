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
import :checkpoint_arguments;
import :metrics_arguments;
import :pair_arguments;
import :progress;
import :seq2seq_options;
import :training_run;
import wordmill.core;
import wordmill.io;
import wordmill.nn;
import wordmill.recipes;
import wordmill.seq2seq;

namespace wordmill {
namespace {
void train(seq2seq_arguments const& a) {
    auto const log = a.run.log();
    auto how = recipe_of(a);
    auto const reading = a.pairs.resolve(a.run);
    auto const source = a.text.source(), target = a.text.target();
    auto const inputs = find_inputs(a.pairs.reading.inputs);
    pair_corpus const corpus(inputs, reading, source, target);
    if (!a.valid.empty()) how.validation.emplace(find_inputs(a.valid), reading, source, target);
    bool const resumes = a.checkpoints.resumes();
    check_passes(inputs, how.epochs + (resumes ? 0 : 1)); // before the folder is made
    seq2seq_folder const folder{{a.output}};
    a.metrics.check(folder.weights(), inputs, a.overwrite || resumes);
    auto const arithmetic = a.arithmetic.resolve_options(a.run);
    how.device = arithmetic.device;
    how.products = arithmetic.products;
    folder.begin(a.overwrite || resumes);

    monitor const watch;
    how.run = run_options_of(a.run, a.seed, watch, a.checkpoints, a.metrics, a.output, a.overwrite);
    auto const save = [&](seq2seq_model<float>& model, sequence_setup const& setup, note_map const& notes) {
        folder.save(model, setup, notes, a.half);
    };
    how.on_best = save;

    interruptible_run(log, how.run, [&] {
        progress shown(log, "training", {}, watch);
        auto trained = train_seq2seq(corpus, how);
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch.learnt().tokens) / shown.seconds());
        shown.finish();
        if (!folder.holds_model()) save(trained.model, trained.setup, trained.notes); // nothing was left to train
        if (log.quiet) return;
        log_line(log, "info", "the model is in " + a.output + "; " + format_count(speed) + " target tokens/s");
        report_counts(log, trained.counts);
    });
}
}

void add_seq2seq_train(command_line line) {
    auto const a = std::make_shared<seq2seq_arguments>();
    auto command = line.subcommand("train", "Train a model to map sources to targets");
    a->add_to(command);
    command.run([a] { train(*a); });
}
}
