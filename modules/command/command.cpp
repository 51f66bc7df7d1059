module;
#include <csignal>
#include <exception>
#include <malloc.h>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
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

constexpr std::string_view out_of_memory =
    "out of memory: a smaller --memory or fewer --threads may do, or a higher limit (ulimit -v)";

/// A call of the system failed where the library did not expect it to.
int fail_in_system(log_options const& log, std::exception const& e, int errno_value) noexcept {
    try {
        auto const known = system_error(failure::io, e.what(), errno_value);
        return fail(log, std::string(e.what()) + (known.hint().empty() ? "" : " (" + known.hint() + ')'), known.kind());
    } catch (...) {
        return fail(log, out_of_memory, failure::resource);
    }
}

void offer_all(command_line line) {
    line.needs_subcommand();
    add_count(line);
    add_encode(line);
    add_cat(line);
    add_phrases(line);
    add_cooccur(line);
    add_ppmi(line);
    add_seq2seq(line);
    add_svd(line);
    add_info(line);
    add_synth(line);
    add_train(line);
    add_lm(line);
    add_index(line);
    add_nearest(line);
    add_analogy(line);
    add_evaluate(line);
    add_thesaurus(line);
    add_convert(line);
    add_plot(line);
}

/// The allocator reserves 64 MiB of address space for each of its arenas, one for every thread. Where address space is
/// limited, they share one, so that the limit is spent on data.
void share_memory_arena() noexcept {
    rlimit limit{};
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) mallopt(M_ARENA_MAX, 1);
}

/// Threads get stacks of the same size. The deepest calls need about half of it.
void check_stack() {
    constexpr rlim_t least = 256 << 10;
    rlimit limit{};
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < least)
        throw error(failure::resource,
                    "expected stacks of at least " + format_bytes(least) + ", found a limit of "
                        + format_bytes(limit.rlim_cur),
                    {}, "raise it (ulimit -s)");
}
}

int run_command(int argument_count, char const* const* arguments) noexcept {
    log_options log;
    share_memory_arena();
    try {
        log = log_of(argument_count, arguments);
        check_stack();
        return read_command_line(argument_count, arguments, offer_all);
    } catch (broken_pipe const&) { // the reader of our output has seen enough
        return 128 + SIGPIPE;
    } catch (error const& e) {
        return fail(log, e.what(), e.kind());
    } catch (stopped_by_signal const& e) {
        return 128 + e.signal;
    } catch (std::bad_alloc const&) {
        return fail(log, out_of_memory, failure::resource);
    } catch (std::length_error const&) { // a container larger than any memory
        return fail(log, out_of_memory, failure::resource);
    } catch (std::system_error const& e) {
        bool const system =
            e.code().category() == std::generic_category() || e.code().category() == std::system_category();
        return fail_in_system(log, e, system ? e.code().value() : 0);
    } catch (std::exception const& e) {
        return fail(log, std::string("internal error: ") + e.what(), failure::internal);
    } catch (...) {
        return fail(log, "internal error", failure::internal);
    }
}
}
