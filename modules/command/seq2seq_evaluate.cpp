module;
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :decoding_arguments;
import :pair_arguments;
import :progress;
import :signals;
import :vector_arguments;
import wordmill.core;
import wordmill.eval;
import wordmill.io;
import wordmill.pipeline;
import wordmill.recipes;
import wordmill.text;

namespace wordmill {
namespace {
struct evaluate_arguments {
    std::string model;
    pair_arguments pairs;
    decoding_arguments decoding;
    run_arguments run;
    arithmetic_arguments arithmetic;
    std::string show = "0";
    std::string bleu_tokenizer = "13a";
    bool group_sources = false;
    std::string format = "text";
};

std::string percent(std::optional<double> share) { return share ? decimal(100 * *share, 2) + " %" : "none"; }
std::string json_share(std::optional<double> share) { return share ? json_number(*share) : "null"; }

std::string text_of(sequence_scores const& s) {
    return "exact match " + percent(s.accuracy.exact_match()) + ", " + format_count(s.accuracy.matches()) + " of "
           + format_count(s.accuracy.sequences()) + "\ntoken accuracy " + percent(s.accuracy.token_accuracy())
           + "\ntoken error rate " + percent(s.edits.rate()) + " (" + format_count(s.edits.edits().substitutions)
           + " substitutions, " + format_count(s.edits.edits().deletions) + " deletions, "
           + format_count(s.edits.edits().insertions) + " insertions of "
           + format_count(s.edits.edits().reference_length()) + ")\nsequence error rate "
           + percent(s.edits.sequence_rate()) + "\nperplexity " + decimal(s.perplexity(), 4) + " of "
           + format_count(s.loss.count) + " tokens\nBLEU " + decimal(s.for_bleu.score().score, 2) + " ("
           + s.for_bleu.signature() + ")\nchrF " + decimal(s.for_chrf.score(), 2) + " (" + s.for_chrf.signature()
           + ")\n";
}

std::string json_of(sequence_scores const& s) {
    return "{\"pairs\":" + std::to_string(s.pairs) + ",\"sources\":" + std::to_string(s.accuracy.sequences())
           + ",\"exact_match\":" + json_share(s.accuracy.exact_match()) + ",\"token_accuracy\":"
           + json_share(s.accuracy.token_accuracy()) + ",\"token_error_rate\":" + json_share(s.edits.rate())
           + ",\"sequence_error_rate\":" + json_share(s.edits.sequence_rate())
           + ",\"perplexity\":" + json_number(s.perplexity()) + ",\"tokens\":" + std::to_string(s.loss.count)
           + ",\"bleu\":" + json_number(s.for_bleu.score().score) + ",\"chrf\":" + json_number(s.for_chrf.score())
           + ",\"empty_sources\":" + std::to_string(s.empty_sources) + ",\"unended\":" + std::to_string(s.unended)
           + "}\n";
}

/// As the book prints it.
std::string shown_pair(evaluated_source const& s) {
    auto out = "Q " + printable(s.source) + "\n";
    for (auto const& target : s.targets) out += "T " + printable(target) + "\n";
    return out + (s.right ? "\u2611 " : "\u2612 ") + printable(s.predicted) + "\n---\n";
}

void evaluate_model(evaluate_arguments const& a) {
    static constexpr named_value<bool> formats[] = {{"text", false}, {"json", true}};
    auto const log = a.run.log();
    bool const json = choose("--output-format", a.format, formats);
    sequence_evaluation_options options{
        .translation = a.decoding.resolve(),
        .group_sources = a.group_sources,
        .for_bleu = {.tokenizer = choose("--bleu-tokenizer", a.bleu_tokenizer, bleu_tokenizer_names)}};
    auto to_show = parse_count(a.show, "--show");
    options.on_source = [&to_show](evaluated_source const& source) {
        if (to_show == 0) return;
        --to_show;
        print(shown_pair(source));
    };
    auto const inputs = find_inputs(a.pairs.reading.inputs);
    monitor const watch;
    interruptible(log, watch, [&] {
        auto const ops = a.arithmetic.resolve(a.run, [&] { return a.decoding.device_bytes(a.model); });
        auto loaded = load_seq2seq_folder(a.model, ops, a.run.memory_bytes());
        pair_corpus const corpus(inputs, a.pairs.resolve(a.run), loaded.setup.source_text, loaded.setup.target_text);
        tally const counts;
        progress shown(log, "evaluating", {}, watch);
        auto const scores = evaluate_seq2seq(loaded.model, loaded.setup, corpus, options,
                                             {.threads = a.run.thread_count(), .watch = watch, .counts = counts});
        auto const seconds = shown.seconds();
        shown.finish();
        print(json ? json_of(scores) : text_of(scores));
        if (log.quiet) return;
        auto const speed = static_cast<std::uint64_t>(static_cast<double>(scores.pairs) / seconds);
        log_line(log, "info", format_count(speed) + " pairs/s");
        if (scores.unended > 0)
            log_line(log, "warning", format_count(scores.unended) + " targets were cut at the limit (--max-length)");
        report_counts(log, counts);
    });
}
}

void add_seq2seq_evaluate(command_line line) {
    auto const e = std::make_shared<evaluate_arguments>();
    auto evaluate = line.subcommand("evaluate", "Compare what a model predicts with the targets of pairs");
    evaluate.option("model", e->model, "The folder of the model", "FOLDER", {.required = true});
    e->pairs.add_to(evaluate);
    e->decoding.add_to(evaluate, false);
    auto scores = evaluate.under("Scores");
    scores.flag("--group-sources", e->group_sources,
                "Consecutive pairs with the same source are alternatives; the closest target counts");
    scores.option("--bleu-tokenizer", e->bleu_tokenizer, "13a, none, char, as in sacreBLEU", "NAME");
    scores.option("--show", e->show, "Print source, target and prediction of the first N", "N");
    evaluate.under("Output").option("--output-format", e->format, "text or json", "FORMAT");
    e->run.add_to(evaluate);
    e->arithmetic.add_to(evaluate);
    evaluate.run([e] { evaluate_model(*e); });
}
}
