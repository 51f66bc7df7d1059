module;
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.command;
import :arguments;
import :metrics_arguments;
import :train_options;
import :train_outputs;
import :vector_output;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
void check_outputs(train_arguments const& a, std::vector<input_file> const& inputs) {
    check_output(a.output.output, a.output.overwrite);
    a.metrics.check(a.output.output, inputs, a.output.overwrite || !a.resume.empty());
}

void save_trained(word2vec_model const& model, vocabulary const& words, std::map<std::string, std::string> const& notes,
                  trained_output const& to) {
    auto const& a = to.arguments;
    auto const& o = to.options;
    auto const format = a.vector_format == "auto" ? vector_format::automatic : vector_format_named(a.vector_format);
    if (format != vector_format::fasttext)
        return save_vectors(vectors_of(
                                words, model.options().dimension,
                                [&](token_id id, std::span<float> row) { model.vector_of(id, row); }, notes),
                            a.output.output, {.format = format, .output = to.file});
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < words.size(); ++i) names.push_back(words.word(id_at(i)));
    save_fasttext({.words = names,
                   .counts = words.counts(),
                   .input = model.weights().input(),
                   .output = model.weights().output(),
                   .subwords = o.subwords,
                   .cbow = o.architecture == architecture::cbow,
                   .hierarchical = o.hierarchical,
                   .window = o.window,
                   .epochs = static_cast<std::uint32_t>(o.epochs),
                   .min_count = parse_count(a.words.min_count, "--min-count"),
                   .negative = o.negative,
                   .sample = o.sample},
                  a.output.output, to.file);
}
}
