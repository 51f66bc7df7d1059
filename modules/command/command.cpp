module;
#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import :progress;
import :signals;
import wordmill.core;
import wordmill.io;

namespace wordmill {
namespace {
/// `--log-format json` must also shape the errors of a command line that cannot be parsed.
log_options log_of(int count, char const* const* arguments) {
    log_options options;
    for (int i = 1; i < count; ++i) {
        std::string_view const argument = arguments[i];
        if (argument == "--log-format=json"
            || (argument == "--log-format" && i + 1 < count && std::string_view(arguments[i + 1]) == "json"))
            options.format = log_format::json;
    }
    return options;
}

int fail(log_options const& log, std::string_view message, failure kind) noexcept {
    try {
        log_line(log, "error", message);
    } catch (...) { // out of memory while saying so
    }
    return static_cast<int>(kind);
}

int parse_and_run(int count, char const* const* arguments, log_options const& log) {
    CLI::App app("Streams text corpora larger than memory into word vectors and sequence models.", "wordmill");
    app.set_version_flag("--version", "wordmill 0.1.0");
    app.require_subcommand(1);
    app.failure_message(CLI::FailureMessage::simple);
    add_count(app);
    add_encode(app);
    add_cat(app);
    add_phrases(app);
    add_info(app);
    add_synth(app);
    add_train(app);
    add_index(app);
    add_nearest(app);
    add_analogy(app);
    add_evaluate(app);
    add_convert(app);
    add_plot(app);
    try {
        app.parse(count, arguments);
    } catch (CLI::CallForHelp const& e) {
        return app.exit(e);
    } catch (CLI::CallForAllHelp const& e) {
        return app.exit(e);
    } catch (CLI::CallForVersion const& e) {
        return app.exit(e);
    } catch (CLI::ParseError const& e) {
        return fail(log, std::string(e.what()) + " (wordmill --help lists the options)", failure::usage);
    }
    return 0;
}
}

int run_command(int argument_count, char const* const* arguments) noexcept {
    log_options log;
    try {
        log = log_of(argument_count, arguments);
        return parse_and_run(argument_count, arguments, log);
    } catch (broken_pipe const&) { // the reader of our output has seen enough
        return 128 + SIGPIPE;
    } catch (error const& e) {
        return fail(log, e.what(), e.kind());
    } catch (stopped_by_signal const& e) {
        return 128 + e.signal;
    } catch (std::bad_alloc const&) {
        return fail(log, "out of memory: a smaller --memory or fewer --threads may do", failure::resource);
    } catch (std::exception const& e) {
        return fail(log, std::string("internal error: ") + e.what(), failure::internal);
    } catch (...) {
        return fail(log, "internal error", failure::internal);
    }
}
}
