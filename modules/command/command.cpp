module;
#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import :command_line;
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
    } catch (...) { // out of memory while printing
    }
    return static_cast<int>(kind);
}

void offer_all(command_line line) {
    line.needs_subcommand();
    add_count(line);
    add_encode(line);
    add_cat(line);
    add_phrases(line);
    add_cooccur(line);
    add_ppmi(line);
    add_svd(line);
    add_info(line);
    add_synth(line);
    add_train(line);
    add_lm(line);
    add_index(line);
    add_nearest(line);
    add_analogy(line);
    add_evaluate(line);
    add_convert(line);
    add_plot(line);
}
}

int run_command(int argument_count, char const* const* arguments) noexcept {
    log_options log;
    try {
        log = log_of(argument_count, arguments);
        return read_command_line(argument_count, arguments, offer_all);
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
