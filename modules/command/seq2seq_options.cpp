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
import :seq2seq_options;
import :training_run;
import :transformer_arguments;
import wordmill.core;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.seq2seq;
import wordmill.text;
import wordmill.training;

namespace wordmill {
namespace {
std::optional<transformer_shape> transformer_of(seq2seq_arguments const& a) {
    seq2seq_arguments const defaults;
    auto shape = a.kind.shape();
    bool const learns = shape && shape->positions == position_kind::learned;
    if (!learns && a.max_positions != defaults.max_positions)
        throw error(failure::usage, "--max-positions: expected --model transformer --position learned beside it, found "
                                    "--model "
                                        + a.kind.model + " --position " + a.kind.position);
    if (learns) shape->context = parse_positive(a.max_positions, "--max-positions");
    if (shape)
        refuse_options_of("recurrent", a.kind.model,
                          {{"--cell", a.cell != defaults.cell},
                           {"--embedding-size", !a.embedding.empty()},
                           {"--bidirectional", a.bidirectional},
                           {"--skip-connections", a.skip},
                           {"--start", a.start != defaults.start},
                           {"--peeky", a.peeky},
                           {"--attention", a.attention != defaults.attention},
                           {"--attention-output", a.attention_output != defaults.attention_output},
                           {"--input-feeding", a.input_feeding},
                           {"--forget-bias", a.forget_bias != defaults.forget_bias}});
    return shape;
}

seq2seq_options model_of(seq2seq_arguments const& a) {
    constexpr std::size_t any = std::numeric_limits<std::uint32_t>::max();
    auto const hidden = parse_positive(a.size, "--size");
    seq2seq_options options{.source_vocabulary = any,
                            .target_vocabulary = any,
                            .embedding_size =
                                a.embedding.empty() ? hidden : parse_positive(a.embedding, "--embedding-size"),
                            .hidden_size = hidden,
                            .layers = parse_positive(a.layers, "--layers"),
                            .cell = choose("--cell", a.cell, recurrent_cell_names),
                            .shared_embedding = a.shared_vocabulary,
                            .bidirectional = a.bidirectional,
                            .skip = a.skip,
                            .dropout = parse_real_from(a.dropout, "--dropout", 0, 1, true),
                            .start = choose("--start", a.start, decoder_start_names),
                            .peeky = a.peeky,
                            .attention = choose("--attention", a.attention, attention_names),
                            .output = choose("--attention-output", a.attention_output, attention_output_names),
                            .input_feeding = a.input_feeding,
                            .forget_bias = parse_real_from(a.forget_bias, "--forget-bias", -1e6, 1e6),
                            .label_smoothing = parse_real_from(a.label_smoothing, "--label-smoothing", 0, 1, true),
                            .transformer = transformer_of(a)};
    auto const needs_attention = [&](char const* option, bool given) {
        if (given && !options.attention)
            throw error(failure::usage, std::string(option) + ": expected --attention beside it, found none");
    };
    needs_attention("--attention-output combined", options.output == attention_output::combined);
    needs_attention("--input-feeding", options.input_feeding);
    if (options.bidirectional && hidden % 2 != 0)
        throw error(failure::usage, "--bidirectional: expected an even --size, found " + a.size);
    options.check();
    return options;
}

/// A share, as 0.1 or 10%.
double parse_share(std::string const& text, std::string_view option) {
    if (!text.ends_with('%')) return parse_real(text, option);
    return parse_real(text.substr(0, text.size() - 1), option) / 100;
}
}

seq2seq_recipe recipe_of(seq2seq_arguments const& a) {
    seq2seq_recipe how{.model = model_of(a),
                       .optimizer = optimizer_of(a.optimizer, a.rate, a.clip, a.betas),
                       .schedule = choose("--schedule", a.schedule, seq2seq_schedule_names),
                       .warmup = parse_positive(a.warmup, "--warmup"),
                       .decay = parse_real_from(a.decay, "--decay", 1e-6, 1),
                       .epochs = parse_count(a.epochs, "--epochs"),
                       .patience = parse_count(a.patience, "--patience"),
                       .batch_pairs = parse_positive(a.batch, "--batch"),
                       .batch_tokens = parse_count(a.batch_tokens, "--batch-tokens"),
                       .window = parse_positive(a.window, "--window"),
                       .bucket = !a.no_buckets,
                       .reverse_source = a.reverse,
                       .filter = {.max_source_tokens = parse_count(a.max_source, "--max-source"),
                                  .max_target_tokens = parse_count(a.max_target, "--max-target"),
                                  .max_ratio = parse_real(a.max_ratio, "--max-ratio"),
                                  .keep_empty_targets = a.keep_empty_targets},
                       .validation_share = parse_share(a.valid_share, "--valid-share"),
                       .source_words = {.min_count = parse_count(a.min_count, "--min-count"),
                                        .max_size = parse_count(a.max_size, "--max-size")},
                       .shared_vocabulary = a.shared_vocabulary};
    how.target_words = how.source_words;
    if (how.epochs == 0) throw error(failure::usage, "--epochs: expected 1 or more, found 0");
    if (!(how.validation_share >= 0 && how.validation_share < 1))
        throw error(failure::usage, "--valid-share: expected from 0 to below 1, found '" + a.valid_share + "'");
    bool const validates = how.validation_share > 0 || !a.valid.empty();
    if (how.validation_share > 0 && !a.valid.empty())
        throw error(failure::usage, "--valid-share: expected no --valid beside it, found both");
    if (how.patience > 0 && !validates)
        throw error(failure::usage, "--patience: expected --valid or --valid-share beside it, found none");
    if (how.schedule == seq2seq_schedule::plateau && !validates)
        throw error(failure::usage, "--schedule plateau: expected --valid or --valid-share beside it, found none");
    if (how.filter.max_ratio != 0 && !(how.filter.max_ratio >= 1))
        throw error(failure::usage, "--max-ratio: expected 0 (no limit), or 1 or more, found '" + a.max_ratio + "'");
    a.checkpoints.check({});
    return how;
}

void seq2seq_arguments::add_to(command_line line) {
    pairs.add_to(line);
    text.add_to(line);
    auto words = line.under("Vocabulary");
    words.option("--min-count", min_count, "Leave out words that occur less often", "N");
    words.option("--max-size", max_size, "Most types of a side; 0 = no limit", "N");
    words.flag("--shared-vocabulary", shared_vocabulary, "One vocabulary and one embedding for both sides");
    auto left_out = line.under("Pairs that are left out");
    left_out.option("--max-source", max_source, "Those with more source tokens; 0 = no limit", "N");
    left_out.option("--max-target", max_target, "Those with more target tokens; 0 = no limit", "N");
    left_out.option("--max-ratio", max_ratio, "Those whose lengths differ by more than this factor; 0 = no limit", "R");
    left_out.flag("--keep-empty-targets", keep_empty_targets, "Keep pairs with an empty target");
    auto model = line.under("Model");
    kind.add_to(model);
    model.option("--max-positions", max_positions, "Longest sequence of a transformer with learned positions", "N");
    model.option("--cell", cell, "Of a recurrent model: lstm, gru, tanh", "NAME");
    model.option("--layers", layers, "Layers of the encoder, and of the decoder", "N");
    model.option("--size", size, "Size of layers and embeddings", "H");
    model.option("--embedding-size", embedding, "Size of embeddings, if different from --size", "D");
    model.flag("--bidirectional", bidirectional, "The encoder reads in both directions, with H/2 values each");
    model.flag("--skip-connections", skip, "Recurrent layers add their input to their output");
    model.flag("--reverse", reverse, "Read sources from their ends");
    model.option("--dropout", dropout, "Share of values dropped between layers", "P");
    model.option("--start", start, "What the decoder starts from: hidden (as in the book), hidden-and-cells", "NAME");
    model.flag("--peeky", peeky, "The decoder sees the final state of the encoder at every step");
    model.option("--attention", attention, "none, dot, scaled-dot, general, additive", "NAME");
    model.option("--attention-output", attention_output,
                 "What enters the last layer: concatenated (as in the book), combined (by a layer of tanh)", "NAME");
    model.flag("--input-feeding", input_feeding, "The decoder reads what it attended to at the step before");
    model.option("--forget-bias", forget_bias, "Initial bias of the LSTM's forget gates", "X");
    auto training = line.under("Training");
    training.option("--valid", valid,
                    "Pairs to validate on after each epoch, in the layout of the inputs; the best model is kept",
                    "FILE");
    training.option("--valid-share", valid_share, "Set aside this share of the pairs for it, such as 10%", "SHARE");
    training.option("--batch", batch, "Pairs of a batch", "N");
    training.option("--batch-tokens", batch_tokens, "Tokens of a batch, padding included, instead of --batch; 0 = off",
                    "N");
    training.option("--window", window, "Pairs that are shuffled at a time", "N");
    training.flag("--no-buckets", no_buckets, "Batches of any pairs, not of pairs of similar lengths");
    training.option("--label-smoothing", label_smoothing, "Share of probability that is spread over all words", "E");
    training.option("--optimizer", optimizer, "sgd, momentum, nesterov, adagrad, rmsprop, adam", "NAME");
    training.option("--lr", rate, "Learning rate (sgd 20, adam 0.001, others 0.01)", "RATE");
    training.option("--betas", betas, "Decay of the means of Adam (0.9,0.999)", "A,B");
    training.option("--schedule", schedule,
                    "constant, plateau (times --decay when validation gets worse), inverse-sqrt (after --warmup)",
                    "NAME");
    training.option("--warmup", warmup, "Steps until the learning rate is reached", "N");
    training.option("--decay", decay, "Factor of the learning rate on a plateau", "F");
    training.option("--clip", clip, "Largest norm of all gradients together; 0 = no limit", "NORM");
    training.option("--epochs", epochs, "Passes over the pairs", "N");
    training.option("--patience", patience, "Stop after N epochs without improvement; 0 = never", "N");
    training.option("--seed", seed, "Seed of all random numbers", "N");
    checkpoints.every = "1M";
    checkpoints.add_to(training);
    metrics.add_to(line);
    auto written = line.under("Output");
    written.option("--output", output, "The folder of the model", "FOLDER", {.required = true});
    written.flag("--half", half, "16-bit floats");
    written.flag("--overwrite", overwrite, "Replace an existing model");
    run.add_to(line);
    arithmetic.add_to(line);
}
}
