module;
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :command_line;
import :progress;
import :vector_arguments;
import :vector_output;
import wordmill.core;
import wordmill.io;
import wordmill.text;
import wordmill.vectors;

namespace wordmill {
void vector_output_arguments::add_to(command_line line) {
    output.add_to(line, "The vectors");
    line.under("Output").option(
        "--vector-format", format,
        "auto (by extension), word2vec-text, word2vec-binary, glove-text, npy, safetensors, projector", "NAME");
}

save_vectors_options vector_output_arguments::resolve(std::string const& command,
                                                      std::vector<input_file> const& inputs) const {
    if (output.output == "-")
        throw error(failure::usage, command + ": expected --output FILE for the vectors, found none");
    check_output(output.output, output.overwrite);
    auto const chosen = resolve_vector_format(format, output.output);
    if (chosen == vector_format::fasttext)
        throw error(failure::usage, "--vector-format: fasttext is for 'train skipgram' and 'train cbow' only");
    return {.format = chosen, .output = output.resolve(inputs)};
}

vector_format resolve_vector_format(std::string const& format, std::string const& output) {
    return format == "auto" ? vector_format_of(output) : vector_format_named(format);
}

std::uint64_t save_result(word_vectors const& vectors, std::string const& path, save_vectors_options options,
                          log_options const& log) {
    options.on_bad = bad_rows::skip;
    tally const counts;
    options.counts = counts;
    save_vectors(vectors, path, options);
    auto loud = log;
    loud.quiet = false;
    report_rows(loud, counts);
    if (counts.dropped_count("row") > 0) log_line(loud, "warning", "npy and safetensors hold any word");
    return counts.delivered_count("row");
}
}
