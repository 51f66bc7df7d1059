module;
#include <coroutine>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :command_line;
import :decoding_arguments;
import wordmill.core;
import wordmill.corpora;
import wordmill.io;
import wordmill.recipes;
import wordmill.seq2seq;
import wordmill.stream;
import wordmill.text;

namespace wordmill {
void decoding_arguments::add_to(command_line line, bool with_n_best) {
    auto search = line.under("Search");
    search.option("--beam", beam, "Partial targets that are kept; 1 = the likeliest token at each step", "K");
    if (with_n_best) search.option("--n-best", n_best, "Targets of each source, best first", "N");
    search.option("--length-alpha", length_alpha, "Exponent of length normalisation (Wu et al. 2016); 0 = none", "A");
    search.option("--max-length", max_length, "Most tokens of a target; 0 = twice its source's and 20", "N");
    search.option("--batch", batch, "Sources that are decoded side by side; affects speed only", "N");
}

translator_options decoding_arguments::resolve() const {
    constexpr auto any = std::numeric_limits<double>::infinity();
    translator_options options{
        .decoding = {.beam = parse_positive(beam, "--beam"),
                     .n_best = parse_positive(n_best, "--n-best"),
                     .length_alpha = parse_real_from(length_alpha, "--length-alpha", 0, any, true),
                     .most_tokens = parse_count(max_length, "--max-length")},
        .batch = parse_positive(batch, "--batch")};
    if (options.decoding.n_best > options.decoding.beam)
        throw error(failure::usage, "--n-best: expected at most as many as --beam, " + beam + ", found " + n_best);
    return options;
}

std::uint64_t decoding_arguments::device_bytes(std::string const& folder) const {
    constexpr std::size_t tokens = 50;
    auto const how = resolve();
    return seq2seq_folder{{folder}}.device_bytes(checked_product(how.batch, how.decoding.beam), tokens);
}

void source_arguments::add_to(command_line line, bool with_n_best) {
    line.option("model", model, "The folder of the model", "FOLDER", {.required = true});
    line.option("inputs", input.inputs, "Files of sources, one a line; - is standard input", "INPUT",
                {.required = true});
    line.under("Input").option("--utf8", input.utf8,
                               "Bytes that are not UTF-8: strict (stop), replace (by U+FFFD), keep", "POLICY");
    decoding.add_to(line, with_n_best);
    run.add_to(line);
    arithmetic.add_to(line);
}

folder_seq2seq source_arguments::load() const {
    auto const ops = arithmetic.resolve(run, [this] { return decoding.device_bytes(model); });
    return load_seq2seq_folder(model, ops, run.memory_bytes());
}

generator<sentence> source_arguments::lines(std::vector<input_file> const& inputs, monitor const& watch,
                                            tally const& counts) const {
    auto reading = input;
    reading.format = "lines"; // a line that looks like JSON is a source too
    reading.keep_lone_cr = true;
    return sentences(read_corpus(inputs, reading.resolve(run, watch, counts)));
}
}
