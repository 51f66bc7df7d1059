module;
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :lm_text;
import :progress;
import :signals;
import :vector_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.language_model;
import wordmill.nn;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
struct evaluate_arguments {
    std::string model;
    text_arguments text;
    run_arguments run;
    arithmetic_arguments arithmetic;
    std::string lanes = "0";
    std::string steps = "0";
    std::string memory_length;
    std::string format = "text";
};

std::string json_of(language_scores const& found) {
    auto const& score = found.score;
    auto const perplexity = score.perplexity();
    return "{\"perplexity\":" + json_number(perplexity)
           + (std::isfinite(perplexity) ? "" : ",\"problem\":\"the perplexity is beyond the largest double\"")
           + ",\"tokens\":" + std::to_string(score.loss.count) + ",\"loss\":" + json_number(score.loss.mean())
           + ",\"skipped_tokens\":" + (found.left_out ? std::to_string(*found.left_out) : "null")
           + ",\"unknown\":" + std::to_string(score.unknown) + "}\n";
}

std::string text_of(language_scores const& found) {
    auto const& score = found.score;
    auto const perplexity = score.perplexity();
    auto const measured = (std::isfinite(perplexity)
                               ? "perplexity " + decimal(perplexity, 2)
                               : "perplexity beyond the largest double, exp " + format_short(score.loss.mean()) + ",")
                          + " of " + format_count(score.loss.count);
    if (found.models_unknown || found.left_out == 0U)
        return measured + " tokens, " + decimal(100 * score.unknown_share(), 2) + " % of them unknown words\n";
    if (!found.left_out)
        return measured
               + " tokens; those that the vocabulary lacks were left out when the text was encoded; 'encode' "
                 "reported how many\n";
    auto const all = static_cast<double>(*found.left_out + score.loss.count + 1); // the first token is not predicted
    return measured + " known tokens; left out as unknown: " + format_count(*found.left_out)
           + (found.left_out == 1U ? " token, " : " tokens, ")
           + decimal(100 * static_cast<double>(*found.left_out) / all, 2)
           + " % of the text (the model has no unknown word)\n";
}

void evaluate_model(evaluate_arguments const& a) {
    auto const log = a.run.log();
    static constexpr named_value<bool> formats[] = {{"text", false}, {"json", true}};
    bool const json = choose("--output-format", a.format, formats);
    language_evaluation_options const options{.lanes = parse_count(a.lanes, "--lanes"),
                                              .steps = parse_count(a.steps, "--bptt"),
                                              .temporary_folder = a.text.temporary};
    std::optional<std::size_t> memory_length;
    if (!a.memory_length.empty()) memory_length = parse_count(a.memory_length, "--memory-length");
    auto const inputs = find_inputs(a.text.input.inputs);
    monitor watch;
    interruptible(log, watch, [&] {
        language_model_folder const folder{{a.model}};
        constexpr std::size_t usual_lanes = 10; // of long texts
        auto const ops = a.arithmetic.resolve(a.run, [&] {
            return folder.device_bytes(options.lanes == 0 ? usual_lanes : options.lanes, options.steps);
        });
        auto loaded = load_language_model_folder(a.model, ops, a.run.memory_bytes(), memory_length);
        tally const counts;
        auto const corpus = a.text.open(inputs, loaded.text, a.run);
        progress shown(log, "evaluating", {}, watch);
        auto const found = evaluate_language_model(loaded, corpus, options, a.text.input.pass(a.run, watch, counts));
        auto const seconds = shown.seconds();
        shown.finish();
        print(json ? json_of(found) : text_of(found));
        if (log.quiet) return;
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(found.score.loss.count) / seconds);
        log_line(log, "info",
                 format_count(speed) + " tokens/s in " + format_count(found.lanes)
                     + (found.lanes == 1 ? " lane" : " lanes"));
        report_counts(log, counts);
    });
}
}

void add_lm_evaluate(command_line line) {
    auto const e = std::make_shared<evaluate_arguments>();
    auto evaluate = line.subcommand("evaluate", "Compute the perplexity of a model on a text");
    evaluate.option("model", e->model, "The folder of the model", "FOLDER", {.required = true});
    e->text.input.add_to(evaluate);
    evaluate.under("Run").option("--temporary", e->text.temporary, "Folder for the ids of the text while it is read",
                                 "FOLDER");
    auto reading = evaluate.under("Reading");
    reading.option(
        "--lanes", e->lanes,
        "Parts of the text that are read in parallel: 1 = predict each token from all before it, 0 = one per 10,000 "
        "tokens, 10 at most",
        "B");
    reading.option("--bptt", e->steps,
                   "Steps per batch; a transformer attends to no more. 0 = those that it was trained with, else 35",
                   "T");
    reading.option("--memory-length", e->memory_length,
                   "Positions before a batch that a transformer attends to, if others than in training", "M");
    evaluate.under("Output").option("--output-format", e->format, "text or json", "FORMAT");
    e->run.add_to(evaluate);
    e->arithmetic.add_to(evaluate);
    evaluate.run([e] { evaluate_model(*e); });
}
}
