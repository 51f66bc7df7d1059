module;
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
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
namespace {
struct encode_arguments {
    run_arguments run;
    input_arguments input;
    token_arguments tokens;
    output_arguments output;
    std::string vocabulary;
    std::string unknown = "auto";
};

void encode_corpus(encode_arguments const& arguments) {
    static constexpr named_value<unknown_words> policies[] = {
        {"auto", unknown_words::automatic}, {"map", unknown_words::map}, {"drop", unknown_words::drop}};
    auto const log = arguments.run.log();
    auto const unknown = choose("--unknown", arguments.unknown, policies);
    if (arguments.output.output == "-")
        throw error(failure::usage,
                    "encode: expected --output FILE, found none: an encoded corpus is not for a terminal or a pipe");
    auto const inputs = find_inputs(arguments.input.inputs);
    monitor watch;
    tally counts;
    interruptible(log, watch, [&] {
        auto const options = arguments.input.resolve(arguments.run, watch, counts);
        auto const words = load_vocabulary(arguments.vocabulary);
        encoded_writer output(
            arguments.output.output, words,
            {.output = arguments.output.resolve(inputs), .sentence_mark = arguments.tokens.sentence_end});
        auto const stage = encode(arguments.tokens.resolve(counts), words, {.unknown = unknown, .counts = counts});
        progress shown(log, "encoding", {.stored_bytes = total_bytes(inputs)}, watch);
        for (auto&& block :
             shown.timed(read_corpus(inputs, options)) | parallel(stage, {.threads = arguments.run.thread_count()})) {
            output.write(block);
            watch.add_tokens(block.ids.size());
        }
        auto const limiting = shown.limiting_stage();
        auto const written = output.commit();
        shown.finish();
        if (log.quiet) return;
        auto const rate = static_cast<std::uint64_t>(static_cast<double>(written.tokens) / shown.seconds());
        log_line(log, "info",
                 format_count(written.tokens) + " ids in " + format_count(written.sentences) + " sentences and "
                     + format_count(written.documents) + " documents; " + format_count(rate) + " ids/s, limited by "
                     + limiting);
        auto const lost = counts.dropped_count("token", "unknown");
        if (lost > 0 && unknown != unknown_words::drop)
            log_line(log, "info",
                     format_count(lost) + " of " + format_count(written.tokens + lost)
                         + " tokens are not in the vocabulary and are left out, which the ids do not show (give a "
                           "vocabulary with <unk>)");
        report_counts(log, counts);
    });
}
}

void add_encode(command_line line) {
    auto const a = std::make_shared<encode_arguments>();
    auto command =
        line.subcommand("encode", "Write a corpus as ids and sentence ends, so that later passes skip the text");
    a->input.add_to(command);
    a->tokens.add_to(command);
    auto ids = command.under("Ids");
    ids.option("--vocabulary", a->vocabulary, "The vocabulary, as 'count' writes it", "FILE", {.required = true});
    ids.option("--unknown", a->unknown,
               "Words that the vocabulary lacks: map (to <unk>), drop, auto (map when it has <unk>)", "POLICY");
    a->output.add_to(command, "The ids");
    a->run.add_to(command);
    command.run([a] { encode_corpus(*a); });
}
}
