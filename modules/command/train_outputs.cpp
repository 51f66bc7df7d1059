module;
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>
module wordmill.command;
import :arguments;
import :train_options;
import :train_outputs;
import :vector_output;
import :vocabulary_arguments;
import wordmill.core;
import wordmill.io;
import wordmill.metrics;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
void check_outputs(train_arguments const& a, std::vector<input_file> const& inputs) {
    check_output(a.output.output, a.output.overwrite);
    if (a.metrics.empty()) return;
    check_output(a.metrics, a.output.overwrite || !a.resume.empty());
    auto const refuse = [&](std::string const& why) {
        throw error(failure::cannot_create, "--metrics: the file is " + why, {.file = a.metrics},
                    "choose another name");
    };
    for (auto const& input : inputs)
        if (same_file(input, a.metrics)) refuse("one of the inputs");
    if (std::filesystem::absolute(a.metrics).lexically_normal()
        == std::filesystem::absolute(a.output.output).lexically_normal())
        refuse("the output");
}

std::vector<training_recorder::sink>
metrics_sinks(train_arguments const& a, std::map<std::string, std::string> const& notes, std::uint64_t tokens_before) {
    bool const goes_on = !a.resume.empty();
    std::vector<training_recorder::sink> sinks;
    if (!a.metrics.empty()) {
        auto const log = std::make_shared<metrics_log>(
            a.metrics, growing_file_options{.overwrite = a.output.overwrite, .append = goes_on});
        log->begin(notes, std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
        sinks.emplace_back([log](training_point const& point) { log->add(point); });
    }
    if (!a.tensorboard.empty()) {
        event_file_options options;
        if (goes_on) options.from = tokens_before;
        auto const events = std::make_shared<event_file>(a.tensorboard, options);
        sinks.emplace_back([events](training_point const& point) { events->add(point); });
    }
    return sinks;
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
