module;
#include <cstdint>
#include <functional>
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
        "Operands of large products: fp32, tf32 (GPU), or bf16 (GPU, or processors with bf16 units)", "NAME");
}
arithmetic_options arithmetic_arguments::resolve_options(run_arguments const& run) const {
    auto const log = run.log();
    arithmetic_options options{.threads = run.thread_count(),
                               .products = choose("--precision", precision, precision_names)};
    options.device = device.resolve(log, false);
    if (options.device != compute_device::cpu || options.products == wordmill::precision::fp32) return options;
    if (options.products == wordmill::precision::tf32)
        throw error(failure::usage, "--precision: expected fp32 or bf16 on the CPU, found tf32", {},
                    "tf32 needs --device cuda");
    if (!has_bf16_units() && !log.quiet)
        log_line(log, "warning",
                 "this processor has no bf16 units: bf16 is emulated and several times as slow as fp32");
    (void)cpu_operations(1, options.products); // refused before the work where the processor has no such arithmetic
    return options;
}
std::shared_ptr<operations<float>> arithmetic_arguments::resolve(run_arguments const& run,
                                                                 std::function<std::uint64_t()> const& bytes) const {
    return choose_arithmetic(resolve_options(run), bytes,
                             [log = run.log()](std::string const& line) {
                                 if (!log.quiet) log_line(log, "info", line);
                             })
        .ops;
}
}
