module;
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
struct synth_arguments {
    run_arguments run;
    output_arguments output;
    std::string tokens = "20M";
    std::string seed = "1";
    std::string types = "50K";
    std::string zipf = "1";
    std::string one_use = "0";
    std::string truth;
};

struct pairs_arguments {
    run_arguments run;
    output_arguments output;
    std::string pairs = "50K";
    std::string seed = "1";
};

void synth_pairs(pairs_arguments const& arguments,
                 generator<text_pair_block> (*generate)(generated_pair_options options)) {
    auto const log = arguments.run.log();
    monitor watch;
    interruptible(log, watch, [&] {
        auto const pairs = parse_count(arguments.pairs, "--pairs");
        auto const seed = parse_count(arguments.seed, "--seed");
        output_file output(arguments.output.output, arguments.output.resolve({}));
        progress shown(log, "writing", {}, watch);
        for (auto&& block : generate({.pairs = pairs, .seed = seed})) {
            watch.check();
            auto const text = plain_text(block, "_");
            output.write(text);
            watch.add_stored(text.size());
        }
        output.commit();
        shown.finish();
        if (!log.quiet)
            log_line(log, "info",
                     format_count(pairs) + " pairs, " + format_bytes(output.bytes_written()) + " of text in "
                         + std::to_string(static_cast<std::uint64_t>(shown.seconds() * 1000)) + " ms");
    });
}

void add_synth_pairs(command_line line, std::string const& name, std::string const& what,
                     generator<text_pair_block> (*generate)(generated_pair_options options)) {
    auto const a = std::make_shared<pairs_arguments>();
    auto command = line.subcommand(name, what);
    auto pairs = command.under("Pairs");
    pairs.option("--pairs", a->pairs, "Pairs to write", "N");
    pairs.option("--seed", a->seed, "Seed of the pairs", "N");
    a->output.add_to(command, "The pairs, source_target per line");
    a->run.add_to(command);
    command.run([a, generate] { synth_pairs(*a, generate); });
}

void synth(synth_arguments const& arguments) {
    auto const log = arguments.run.log();
    monitor watch;
    interruptible(log, watch, [&] {
        auto const tokens = parse_count(arguments.tokens, "--tokens");
        synthetic_language const language({.seed = parse_count(arguments.seed, "--seed"),
                                           .types = parse_count(arguments.types, "--types"),
                                           .zipf_exponent = parse_real(arguments.zipf, "--zipf"),
                                           .one_use_share = parse_real(arguments.one_use, "--one-use")});
        output_file output(arguments.output.output, arguments.output.resolve({}));
        progress shown(log, "writing", {}, watch);
        for (auto&& block : synthetic_text(language, {.tokens = tokens})) {
            watch.check();
            output.write(plain_text(block));
            watch.add_stored(block.text.size());
            watch.add_tokens(static_cast<std::uint64_t>(
                std::count_if(block.text.begin(), block.text.end(), [](char c) { return c == ' ' || c == '\n'; })));
        }
        output.commit();
        if (!arguments.truth.empty())
            write_truth(language, arguments.truth, {.tokens = tokens}, arguments.output.overwrite);
        shown.finish();
        if (!log.quiet)
            log_line(log, "info",
                     format_count(tokens) + " tokens, " + format_bytes(output.bytes_written()) + " of text in "
                         + std::to_string(static_cast<std::uint64_t>(shown.seconds() * 1000)) + " ms");
    });
}
}

void add_synth(command_line line) {
    auto const a = std::make_shared<synth_arguments>();
    auto command =
        line.subcommand("synth", "Generate a corpus, and the truth about the relations planted in it; or pairs");
    auto language = command.under("Language");
    language.option("--tokens", a->tokens, "Tokens to write", "N");
    language.option("--seed", a->seed, "Seed of the language", "N");
    language.option("--types", a->types, "Number of types that recur", "N");
    language.option("--zipf", a->zipf, "How steeply frequency falls with rank", "EXPONENT");
    language.option("--one-use", a->one_use, "Share of tokens that are words used only once", "SHARE");
    language.option("--truth", a->truth, "Folder for the evaluation sets", "FOLDER");
    a->output.add_to(command, "The corpus");
    a->run.add_to(command);
    command.run([a] { synth(*a); });
    add_synth_pairs(command, "addition", "Generate sums and their results: '16+75  _91  '", generated_additions);
    add_synth_pairs(command, "dates", "Generate dates in several styles, and in ISO 8601: 'Sep 27, 1994  _1994-09-27'",
                    generated_dates);
}
}
