module;
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>
module wordmill.command;
import :arguments;
import :command_line;
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
    auto const chosen = format == "auto" ? vector_format_of(output.output) : vector_format_named(format);
    if (chosen == vector_format::fasttext)
        throw error(failure::usage, "--vector-format: fasttext is for 'train skipgram' and 'train cbow' only");
    return {.format = chosen, .output = output.resolve(inputs)};
}
}
