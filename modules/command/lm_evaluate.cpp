module;
#include <cmath>
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
    std::string steps = "35";
    std::string format = "text";
};

/// What was measured, of which part of a text.
struct report {
    perplexity_score score;
    std::optional<std::uint64_t> left_out; ///< unknown tokens; nothing when only the encoder of the ids knew
    bool models_unknown = false;           ///< the model predicts an unknown word in their place

    [[nodiscard]] std::string json() const {
        auto const perplexity = score.perplexity();
        return "{\"perplexity\":" + json_number(perplexity)
               + (std::isfinite(perplexity) ? "" : ",\"problem\":\"the perplexity is beyond the largest double\"")
               + ",\"tokens\":" + std::to_string(score.loss.count) + ",\"loss\":" + json_number(score.loss.mean())
               + ",\"skipped_tokens\":" + (left_out ? std::to_string(*left_out) : "null")
               + ",\"unknown\":" + std::to_string(score.unknown) + "}\n";
    }
    [[nodiscard]] std::string text() const {
        auto const perplexity = score.perplexity();
        auto const measured = (std::isfinite(perplexity) ? "perplexity " + decimal(perplexity, 2)
                                                         : "perplexity beyond the largest double, exp "
                                                               + format_short(score.loss.mean()) + ",")
                              + " of " + format_count(score.loss.count);
        if (models_unknown || left_out == 0U)
            return measured + " tokens, " + decimal(100 * score.unknown_share(), 2) + " % of them unknown words\n";
        if (!left_out)
            return measured
                   + " tokens; those that the vocabulary lacks were left out when the text was encoded; 'encode' "
                     "reported how many\n";
        auto const all = static_cast<double>(*left_out + score.loss.count + 1); // the first token is not predicted
        return measured + " known tokens; left out as unknown: " + format_count(*left_out)
               + (left_out == 1U ? " token, " : " tokens, ") + decimal(100 * static_cast<double>(*left_out) / all, 2)
               + " % of the text (the model has no unknown word)\n";
    }
};

/// Too short a text is refused with the count of what was left out.
bptt_options lanes_for(bptt_options options, stored_ids const& ids, std::optional<std::uint64_t> left_out) {
    if (ids.size() < 2)
        throw error(failure::bad_data,
                    "lm evaluate: expected two tokens of the model's vocabulary or more, found "
                        + std::to_string(ids.size())
                        + (left_out.value_or(0) > 0 ? " and " + format_count(*left_out) + " unknown ones" : ""));
    if (options.lanes == 0) options.lanes = evaluation_lanes(ids.size());
    return options;
}

void evaluate_model(evaluate_arguments const& a) {
    auto const log = a.run.log();
    static constexpr named_value<bool> formats[] = {{"text", false}, {"json", true}};
    bool const json = choose("--output-format", a.format, formats);
    bptt_options options{.lanes = parse_count(a.lanes, "--lanes"), .steps = parse_count(a.steps, "--bptt")};
    auto const inputs = find_inputs(a.text.input.inputs);
    monitor watch;
    interruptible(log, watch, [&] {
        auto loaded = load_language_model_folder(a.model, a.arithmetic.resolve(a.run), a.run.memory_bytes());
        tally counts;
        auto text = a.text;
        text.obey(loaded.notes);
        auto const unknown = loaded.words.unknown();
        auto const corpus = text.open(inputs, a.run);
        auto const ids = text.ids_of(corpus, loaded.words, a.run, watch, counts);
        auto const left_out =
            !unknown && corpus.encoded() ? std::nullopt : std::optional(counts.dropped_count("token", "unknown"));
        auto read = lanes_for(options, ids, left_out);
        read.progress = watch;
        progress shown(log, "evaluating", {}, watch);
        report const found{.score = evaluate_perplexity(loaded.model, bptt_batches(ids, read), unknown),
                           .left_out = left_out,
                           .models_unknown = unknown.has_value()};
        auto const seconds = shown.seconds();
        shown.finish();
        print(json ? found.json() : found.text());
        if (log.quiet) return;
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(found.score.loss.count) / seconds);
        log_line(log, "info",
                 format_count(speed) + " tokens/s in " + format_count(read.lanes)
                     + (read.lanes == 1 ? " lane" : " lanes"));
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
    reading.option("--bptt", e->steps, "Steps per batch; affects speed only", "T");
    evaluate.under("Output").option("--output-format", e->format, "text or json", "FORMAT");
    e->run.add_to(evaluate);
    e->arithmetic.add_to(evaluate);
    evaluate.run([e] { evaluate_model(*e); });
}
}
