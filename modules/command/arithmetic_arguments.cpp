module;
#include <memory>
#include <string>
module wordmill.command;
import :arguments;
import :arithmetic_arguments;
import :command_line;
import :progress;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;
import wordmill.recipes;

namespace wordmill {
void arithmetic_arguments::add_to(command_line line) {
    device.add_to(line);
    line.under("Run").option(
        "--precision", precision,
        "Precision of the operands of large products: fp32, or bf16 for processors with bf16 units", "NAME");
}
arithmetic_options arithmetic_arguments::resolve_options(run_arguments const& run) const {
    auto const log = run.log();
    arithmetic_options options{.threads = run.thread_count(),
                               .products = choose("--precision", precision, precision_names)};
    bool const rounds = options.products == wordmill::precision::bf16;
    if (!rounds || device.device != device_arguments().device) options.device = device.resolve(log, false);
    if (!rounds) return options;
    if (options.device == compute_device::cuda)
        throw error(failure::usage, "--precision: expected fp32 with --device cuda, found " + precision);
    if (!has_bf16_units() && !log.quiet)
        log_line(log, "warning",
                 "this processor has no bf16 units: bf16 is emulated and several times as slow as fp32");
    (void)cpu_operations(1, options.products); // refused before the work where the processor has no such arithmetic
    return options;
}
std::shared_ptr<operations<float>> arithmetic_arguments::resolve(run_arguments const& run, std::uint64_t bytes) const {
    return choose_arithmetic(resolve_options(run), bytes,
                             [log = run.log()](std::string const& line) {
                                 if (!log.quiet) log_line(log, "info", line);
                             })
        .ops;
}
}
