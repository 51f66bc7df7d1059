module;
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>
module wordmill.command;
import :arguments;
import :train_options;
import :train_outputs;
import wordmill.core;
import wordmill.io;
import wordmill.metrics;
import wordmill.text;
import wordmill.vectors;
import wordmill.word2vec;

namespace wordmill {
void check_outputs(train_arguments const& a, std::vector<input_file> const& inputs) {
    for (auto const* const output : {&a.output.output, &a.metrics}) {
        auto const& name = *output;
        if (name.empty()) continue;
        auto const refuse = [&](std::string const& why, std::string const& hint) {
            throw error(failure::cannot_create, why, {.file = name}, hint);
        };
        auto const path = std::filesystem::absolute(name);
        bool const replaces = a.output.overwrite || (output == &a.metrics && !a.resume.empty());
        if (!replaces && std::filesystem::is_regular_file(path)) refuse("exists already", "use --overwrite");
        if (!std::filesystem::is_directory(path.parent_path())) refuse("expected a folder that exists", "make it");
    }
    if (a.metrics.empty()) return;
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

namespace {
word_vectors vectors_of(word2vec_model const& model, vocabulary const& words,
                        std::map<std::string, std::string> const& notes) {
    word_vectors::builder builder(model.options().dimension);
    builder.reserve(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) {
        model.vector_of(id_at(i), builder.room());
        (void)builder.add(words.word(id_at(i)), words.counts()[i], {.record = i + 1});
    }
    for (auto const& [key, value] : notes) builder.note(key, value);
    return std::move(builder).finish();
}
}

void save_trained(word2vec_model const& model, vocabulary const& words, std::map<std::string, std::string> const& notes,
                  trained_output const& to) {
    auto const& a = to.arguments;
    auto const& o = to.options;
    auto const format = a.vector_format == "auto" ? vector_format::automatic : vector_format_named(a.vector_format);
    if (format != vector_format::fasttext)
        return save_vectors(vectors_of(model, words, notes), a.output.output, {.format = format, .output = to.file});
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
                   .min_count = parse_count(a.min_count, "--min-count"),
                   .negative = o.negative,
                   .sample = o.sample},
                  a.output.output, to.file);
}
}
