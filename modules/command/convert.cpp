module;
#include <functional>
#include <memory>
#include <string>
module wordmill.command;
import :arguments;
import :vector_arguments;
import :vector_output;
import wordmill.core;
import wordmill.io;
import wordmill.vectors;

namespace wordmill {
namespace {
struct convert_arguments {
    std::string input;
    std::string output;
    std::string format = "auto";
    std::string max_words = "0";
    row_arguments rows;
    bool half = false;
    bool overwrite = false;
};

void convert(convert_arguments const& a) {
    auto const vectors = a.rows.load(a.input, {.max_words = parse_count(a.max_words, "--max-words")});
    tally const counts;
    save_vectors(vectors, a.output,
                 {.format = resolve_vector_format(a.format, a.output),
                  .half = a.half,
                  .on_bad = a.rows.resolve(),
                  .counts = counts,
                  .output = {.overwrite = a.overwrite, .compression = codec_of_name(a.output)}});
    report_rows({}, counts);
}
}

void add_convert(command_line line) {
    auto const a = std::make_shared<convert_arguments>();
    auto command = line.subcommand("convert", "Write word vectors in another format");
    command.option("vectors", a->input, "Word vectors in any known format", "FILE", {.required = true});
    command.option("output", a->output, "Output; its extension decides the format", "FILE", {.required = true});
    command.option("--vector-format", a->format,
                   "auto, word2vec-text, word2vec-binary, glove-text, npy, safetensors, projector", "NAME");
    command.option("--max-words", a->max_words, "Only the first N words; 0 = all", "N");
    a->rows.add_to(command, "Damaged rows, and words that the output cannot hold");
    command.flag("--half", a->half, "16-bit floats (npy, safetensors)");
    command.flag("--overwrite", a->overwrite, "Replace an existing output");
    command.run([a] { convert(*a); });
}
}
