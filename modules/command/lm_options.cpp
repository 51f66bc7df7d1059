module;
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
module wordmill.command;
import :arguments;
import :lm_options;
import :training_run;
import :transformer_arguments;
import wordmill.core;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.training;

namespace wordmill {
namespace {
std::vector<std::size_t> parse_cutoffs(std::string_view text) {
    std::vector<std::size_t> cutoffs;
    for (bool more = !text.empty(); more;) {
        auto const comma = text.find(',');
        more = comma != std::string_view::npos;
        cutoffs.push_back(parse_count(text.substr(0, comma), "--cutoffs"));
        text.remove_prefix(more ? comma + 1 : 0);
    }
    return cutoffs;
}

std::optional<transformer_shape> transformer_of(lm_arguments const& a) {
    lm_arguments const defaults;
    auto shape = a.kind.shape();
    if (!shape) {
        refuse_options_of("transformer", a.kind.model,
                          {{"--memory-length", a.memory_length != defaults.memory_length}});
        return {};
    }
    refuse_options_of("recurrent", a.kind.model,
                      {{"--cell", a.cell != defaults.cell},
                       {"--embedding-size", !a.embedding.empty()},
                       {"--variational", a.dropout_per_sequence},
                       {"--skip-connections", a.skip},
                       {"--forget-bias", a.forget_bias != defaults.forget_bias}});
    shape->context = parse_positive(a.steps, "--bptt");
    shape->memory = parse_count(a.memory_length, "--memory-length");
    return shape;
}

language_model_options model_of(lm_arguments const& a) {
    auto const hidden = parse_count(a.size, "--size");
    language_model_options options{.vocabulary_size = std::numeric_limits<std::uint32_t>::max(),
                                   .embedding_size =
                                       a.embedding.empty() ? hidden : parse_count(a.embedding, "--embedding-size"),
                                   .hidden_size = hidden,
                                   .layers = parse_count(a.layers, "--layers"),
                                   .cell = choose("--cell", a.cell, recurrent_cell_names),
                                   .dropout = parse_real(a.dropout, "--dropout"),
                                   .dropout_per_sequence = a.dropout_per_sequence,
                                   .tied = a.tied,
                                   .skip = a.skip,
                                   .forget_bias = parse_real(a.forget_bias, "--forget-bias"),
                                   .softmax = choose("--softmax", a.softmax, softmax_names),
                                   .cutoffs = parse_cutoffs(a.cutoffs),
                                   .transformer = transformer_of(a)};
    if (!a.samples.empty()) {
        if (options.softmax != softmax_kind::sampled)
            throw error(failure::usage, "--samples: expected --softmax sampled, found " + a.softmax);
        options.samples = parse_count(a.samples, "--samples");
    }
    options.check();
    return options;
}

bptt_options lanes_of(lm_arguments const& a) {
    return {.lanes = parse_count(a.batch, "--batch"),
            .steps = parse_count(a.steps, "--bptt"),
            .layout = choose("--layout", a.layout, lane_layout_names)};
}

}

language_model_recipe recipe_of(lm_arguments const& a) {
    language_model_recipe how{.model = model_of(a),
                              .optimizer = optimizer_of(!a.optimizer.empty() ? a.optimizer
                                                        : a.kind.shape()     ? "adam"
                                                                             : "sgd",
                                                        a.rate, a.clip, a.betas),
                              .schedule = choose("--schedule", a.schedule, rate_schedule_names),
                              .warmup = parse_count(a.warmup, "--warmup"),
                              .lanes = lanes_of(a),
                              .epochs = parse_count(a.epochs, "--epochs"),
                              .patience = parse_count(a.patience, "--patience"),
                              .sentence_end = a.text.tokens.sentence_end,
                              .words = {},
                              .temporary_folder = a.text.temporary};
    how.optimizer.lazy = how.model.softmax != softmax_kind::full; // else a step takes time for the whole vocabulary
    if (how.epochs == 0) throw error(failure::usage, "--epochs: expected 1 or more, found 0");
    bool const warms_up = how.schedule != rate_schedule::quarter && how.schedule != rate_schedule::constant;
    if (how.warmup > 0 && !warms_up)
        throw error(failure::usage,
                    "--warmup: expected --schedule cosine, linear or inverse-sqrt beside it, found " + a.schedule);
    if (how.warmup == 0 && how.schedule == rate_schedule::inverse_sqrt)
        throw error(failure::usage, "--schedule inverse-sqrt: expected --warmup N beside it, found none");
    if (how.patience > 0 && a.valid.empty())
        throw error(failure::usage, "--patience: expected --valid FILE beside it, found none");
    a.checkpoints.check(a.words.file);
    how.words = a.words.recipe();
    return how;
}

void lm_arguments::add_to(command_line line) {
    words.min_count = "1";
    text.add_to(line);
    auto model = line.under("Model");
    kind.add_to(model);
    model.option(
        "--memory-length", memory_length,
        "Positions before a batch that a transformer attends to (Dai et al. 2019); needs --position rotary or none",
        "M");
    model.option("--cell", cell, "Of a recurrent model: lstm, gru, tanh", "NAME");
    model.option("--layers", layers, "Layers", "N");
    model.option("--size", size, "Size of layers and embeddings", "H");
    model.option("--embedding-size", embedding, "Size of embeddings, if different from --size", "D");
    model.option("--dropout", dropout, "Share of values dropped between layers", "P");
    model.flag("--variational", dropout_per_sequence, "Drop the same values at all steps of a batch");
    model.flag("--tied", tied, "The last layer shares the weights of the embedding");
    model.flag("--skip-connections", skip, "Recurrent layers add their input to their output");
    model.option("--forget-bias", forget_bias, "Initial bias of the LSTM's forget gates", "X");
    model.option("--softmax", softmax, "full, sampled, adaptive; the last two are for large vocabularies", "NAME");
    model.option("--samples", samples, "Words that a sampled softmax draws in addition to those of the batch (8192)",
                 "N");
    model.option("--cutoffs", cutoffs, "Ids at which clusters of an adaptive softmax begin: 4K,40K", "A,B");
    auto training = line.under("Training");
    training.option("--valid", valid, "Text to validate on after each epoch; the best model is kept", "FILE");
    training.option("--batch", batch, "Lanes: parts of the text that are read in parallel", "B");
    training.option("--bptt", steps, "Steps of truncated backpropagation; a transformer attends to no more", "T");
    training.option("--layout", layout, "parts (each token once), wrap-around (as in the book)", "NAME");
    training.option("--optimizer", optimizer, "sgd, momentum, nesterov, adagrad, rmsprop, adam (sgd; transformer adam)",
                    "NAME");
    training.option("--lr", rate, "Learning rate (sgd 20, adam 0.001, others 0.01)", "RATE");
    training.option("--betas", betas, "Decay of the means of Adam (0.9,0.999)", "A,B");
    training.option("--schedule", schedule,
                    "quarter (when validation gets worse), constant, cosine, linear, inverse-sqrt", "NAME");
    training.option("--warmup", warmup, "Steps in which the learning rate rises, before cosine, linear, inverse-sqrt",
                    "N");
    training.option("--clip", clip, "Largest norm of all gradients together; 0 = no limit", "NORM");
    training.option("--epochs", epochs, "Passes over the text", "N");
    training.option("--patience", patience, "Stop after N epochs without improvement; 0 = never", "N");
    training.option("--seed", seed, "Seed of all random numbers", "N");
    checkpoints.every = "5M";
    checkpoints.add_to(training);
    words.add_to(line);
    metrics.add_to(line);
    auto written = line.under("Output");
    written.option("--output", output, "The folder of the model", "FOLDER", {.required = true});
    written.flag("--half", half, "16-bit floats");
    written.flag("--overwrite", overwrite, "Replace an existing model");
    run.add_to(line);
    arithmetic.add_to(line);
}
}
