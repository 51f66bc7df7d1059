module;
#include <functional>
#include <optional>
#include <string>
#include <utility>
module wordmill.command;
import :arguments;
import :checkpoint_arguments;
import :metrics_arguments;
import :progress;
import :training_run;
import wordmill.core;
import wordmill.nn;
import wordmill.recipes;

namespace wordmill {
run_options run_options_of(run_arguments const& run, std::string const& seed, monitor const& watch) {
    auto const listener = [log = run.log()](char const* level) {
        return [log, level](std::string const& line) {
            if (!log.quiet) log_line(log, level, line);
        };
    };
    run_options options;
    options.threads = run.thread_count();
    options.memory_bytes = run.memory_bytes();
    options.seed = parse_count(seed, "--seed");
    options.watch = watch;
    options.on_message = listener("info");
    options.on_warning = listener("warning");
    return options;
}

run_options run_options_of(run_arguments const& run, std::string const& seed, monitor const& watch,
                           checkpoint_arguments const& checkpoints, metrics_arguments const& metrics,
                           std::string const& output, bool overwrite) {
    auto options = run_options_of(run, seed, watch);
    checkpoints.apply(options);
    options.overwrite = overwrite;
    options.metrics_seconds = metrics.seconds();
    options.metrics = [metrics, output, overwrite](begun_run begun) {
        begun.notes["output"] = output;
        return metrics.sinks(begun, overwrite);
    };
    return options;
}

optimizer_options optimizer_of(std::string const& optimizer, std::string const& rate, std::string const& clip,
                               std::string const& betas) {
    std::optional<std::pair<double, double>> both;
    if (!betas.empty()) {
        auto const comma = betas.find(',');
        if (comma == std::string::npos)
            throw error(failure::usage, "--betas: expected two numbers, such as 0.9,0.98, found '" + betas + "'");
        both.emplace(parse_real(betas.substr(0, comma), "--betas"), parse_real(betas.substr(comma + 1), "--betas"));
    }
    return optimizer_of(choose("--optimizer", optimizer, optimizer_names),
                        rate.empty() ? std::nullopt : std::optional(parse_real(rate, "--lr")),
                        parse_real(clip, "--clip"), both);
}
}
