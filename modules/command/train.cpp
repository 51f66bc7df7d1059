module;
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :checkpoint_arguments;
import :device_arguments;
import :metrics_arguments;
import :progress;
import :signals;
import :train_options;
import :training_run;
import :vector_output;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
namespace {
/// Refuses what can be known to fail before the work begins.
save_vectors_options check_outputs(train_arguments const& a, std::vector<input_file> const& inputs) {
    if (a.output.output == "-")
        throw error(failure::usage, "train: expected --output FILE for the vectors, found none");
    auto const output = a.output.resolve(inputs);
    check_output(a.output.output, a.output.overwrite);
    auto const format = resolve_vector_format(a.vector_format, a.output.output);
    a.metrics.check(a.output.output, inputs, a.output.overwrite || a.checkpoints.resumes());
    return {.format = format, .output = output};
}

/// Returns the number of vectors written.
std::uint64_t save(trained_word2vec const& trained, train_arguments const& a, save_vectors_options const& how) {
    if (how.format != vector_format::fasttext) return save_result(trained.vectors(), a.output.output, how, a.run.log());
    save_fasttext(trained, a.output.output, how.output);
    return trained.words.size();
}

void train(train_arguments const& a, architecture what) {
    auto const log = a.run.log();
    auto const say = [log](std::string const& line) {
        if (!log.quiet) log_line(log, "info", line);
    };
    auto how = resolve(a, what);
    how.device = a.device.resolve(log, false);
    auto const inputs = find_inputs(a.input.inputs);
    auto const corpus = a.input.open(inputs, a.tokens, a.run);
    check_text_options(corpus, a.input, a.tokens);
    a.checkpoints.check(a.words.file);
    bool const resumes = a.checkpoints.resumes();
    auto const passes = how.epochs + (resumes ? 0 : a.words.passes());
    check_passes(inputs, passes); // before a vocabulary is loaded
    auto const output = check_outputs(a, inputs);

    monitor const watch;
    how.words = a.words.recipe();
    how.run = run_options_of(a.run, a.seed, watch, a.checkpoints, a.metrics, a.output.output, a.output.overwrite);
    interruptible_run(log, how.run, [&] {
        progress shown(log, "training", {.stored_bytes = passes * total_bytes(inputs)}, watch);
        auto const trained = train_word2vec(what, corpus, how);
        auto const limiting = shown.limiting_stage();
        auto const seconds = shown.seconds();
        shown.finish();
        auto const rows = save(trained, a, output);
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(watch.tokens()) / seconds);
        say(format_count(rows) + " vectors written; " + format_count(speed) + " tokens/s"
            + (passes > how.epochs ? ", the vocabulary's pass included" : "") + ", limited by " + limiting);
        if (!log.quiet) report_counts(log, trained.counts);
    });
}

void add_model(command_line parent, std::string const& name, std::string const& what, architecture architecture) {
    auto const a = std::make_shared<train_arguments>();
    auto command = parent.subcommand(name, what);
    a->input.add_to(command);
    a->tokens.add_to(command);
    auto model = command.under("Model");
    model.option("--preset", a->preset, "Defaults of: wordmill, word2vec, gensim, fasttext", "NAME");
    model.option("--size", a->size, "Dimensions of a vector", "D");
    model.option("--window", a->window, "Words on each side that are contexts, at most", "N");
    model.flag("--fixed-window", a->fixed_window, "Full windows; else each draws its radius from 1 .. N");
    model.flag("--cross-sentences", a->cross_sentences, "Windows go over line ends, as for text8");
    model.option("--negative", a->negative, "Negative samples (5)", "K");
    model.option("--ns-exponent", a->exponent, "Power of the counts that negative samples are drawn by", "P");
    model.option("--share-negatives", a->share, "Samples belong to: window, pair, batch", "WHO");
    if (architecture == architecture::cbow)
        model.option("--cbow-input", a->cbow, "mean-whole (as word2vec.c), mean (corrected gradient), sum", "FORM");
    model.flag("--hs", a->hierarchical, "Hierarchical softmax instead of negative samples");
    model.option("--minn", a->least_letters, "Letters of the shortest n-grams that are subwords (3)", "N");
    model.option("--maxn", a->most_letters, "... of the longest; 0 = no subwords (0; fasttext 6)", "N");
    model.option("--bucket", a->buckets, "Vectors that the subwords share, by hash", "N");
    auto training = command.under("Training");
    training.option("--epochs", a->epochs, "Passes over the corpus", "N");
    training.option("--sample", a->sample, "Subsampling threshold for frequent words; 0 = off", "T");
    training.option(
        "--first-values", a->first_values,
        "Vectors begin uniform in -R/D .. R/D (skip-gram 2, CBOW 4; subwords, gensim, fasttext 1; word2vec 0.5)", "R");
    training.option("--alpha", a->alpha, "First learning rate", "RATE");
    training.option("--min-alpha", a->min_alpha, "Last learning rate", "RATE");
    training.option("--seed", a->seed, "Seed of all random numbers", "N");
    training.flag("--deterministic", a->deterministic,
                  "The same bytes for any number of threads, at about half the speed");
    a->checkpoints.add_to(training);
    a->words.add_to(command);
    a->metrics.add_to(command);
    a->output.add_to(command, "The vectors");
    command.under("Output").option(
        "--vector-format", a->vector_format,
        "auto (by the name's end), word2vec-text, word2vec-binary, glove-text, npy, safetensors, projector, "
        "fasttext (the whole model, with subwords)",
        "NAME");
    a->device.add_to(command);
    command.under("Run").option(
        "--in-flight", a->in_flight,
        "Windows that a GPU trains at a time, 1 or a multiple of 4; 0 = as many as quality allows", "N");
    a->run.add_to(command);
    command.run([a, architecture] { train(*a, architecture); });
}
}

void add_train(command_line line) {
    auto command = line.subcommand("train", "Train word vectors");
    command.needs_subcommand();
    add_model(command, "skipgram", "Each context of a word predicts it", architecture::skip_gram);
    add_model(command, "cbow", "The contexts of a word together predict it", architecture::cbow);
    add_train_ppmi_svd(command);
    add_train_glove(command);
}
}
