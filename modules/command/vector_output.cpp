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
word_vectors vectors_of(vocabulary const& words, std::size_t dimension,
                        std::function<void(token_id, std::span<float>)> const& write,
                        std::map<std::string, std::string> const& notes) {
    word_vectors::builder builder(dimension);
    builder.reserve(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
        write(id_at(i), builder.room());
        (void)builder.add(words.word(id_at(i)), words.counts()[i], {.record = i + 1});
    }
    for (auto const& [key, value] : notes) builder.note(key, value);
    return std::move(builder).finish();
}

void vector_output_arguments::add_to(command_line line) {
    output.add_to(line, "The vectors");
    line.under("Output").option(
        "--vector-format", format,
        "auto (by the name's end), word2vec-text, word2vec-binary, glove-text, npy, safetensors, projector", "NAME");
}

save_vectors_options vector_output_arguments::resolve(std::string const& command,
                                                      std::vector<input_file> const& inputs) const {
    if (output.output == "-")
        throw error(failure::usage, command + ": expected --output FILE for the vectors, found none");
    check_output(output.output, output.overwrite);
    return {.format = format == "auto" ? vector_format::automatic : vector_format_named(format),
            .output = output.resolve(inputs)};
}
}
