module;
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>
module wordmill.command;
import :arguments;
import :metrics_arguments;
import :train_options;
import wordmill.core;
import wordmill.io;
import wordmill.metrics;
import wordmill.recipes;

namespace wordmill {
void metrics_arguments::add_to(command_line line) {
    auto metrics = line.under("Metrics");
    metrics.option("--metrics", file, "Write loss, rate and speed while training: JSON lines, for 'wordmill plot'",
                   "FILE");
    metrics.option("--tensorboard", tensorboard, "Write the same as an event file in this folder, for TensorBoard",
                   "FOLDER");
    metrics.option("--metrics-every", every, "Seconds between two points", "S");
}

double metrics_arguments::seconds() const {
    auto const value = parse_real(every, "--metrics-every");
    if (!(value >= 0.01 && value <= 86'400))
        throw error(failure::usage, "--metrics-every: expected 0.01 to 86400, found '" + every + "'");
    return value;
}

void metrics_arguments::check(std::string const& output, std::vector<input_file> const& inputs, bool replaces) const {
    (void)seconds();
    if (file.empty()) return;
    check_output(file, replaces);
    auto const refuse = [&](std::string const& why) {
        throw error(failure::cannot_create, "--metrics: the file is " + why, {.file = file}, "choose another name");
    };
    for (auto const& input : inputs)
        if (same_file(input, file)) refuse("one of the inputs");
    if (std::filesystem::absolute(file).lexically_normal() == std::filesystem::absolute(output).lexically_normal())
        refuse("the output");
}

std::vector<training_recorder::sink> metrics_arguments::sinks(begun_run const& run, bool overwrite) const {
    std::vector<training_recorder::sink> all;
    if (!file.empty()) {
        auto const log =
            std::make_shared<metrics_log>(file, growing_file_options{.overwrite = overwrite, .append = run.resumes});
        log->begin(run.notes,
                   std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count());
        all.emplace_back([log](training_point const& point) { log->add(point); });
    }
    if (!tensorboard.empty()) {
        event_file_options options;
        if (run.resumes) options.from = run.tokens_before;
        auto const events = std::make_shared<event_file>(tensorboard, options);
        all.emplace_back([events](training_point const& point) { events->add(point); });
    }
    return all;
}
}
