module;
#include <memory>
#include <string>
module wordmill.command;
import :arguments;
import :command_line;
import :precision_arguments;
import :progress;
import wordmill.core;
import wordmill.nn;
import wordmill.recipes;

namespace wordmill {
void precision_arguments::add_to(command_line line) {
    line.under("Run").option(
        "--precision", precision,
        "Precision of the operands of large products: fp32, or bf16 for processors with bf16 units", "NAME");
}
wordmill::precision precision_arguments::resolve_precision(run_arguments const& run) const {
    auto const chosen = choose("--precision", precision, precision_names);
    if (auto const log = run.log(); chosen == wordmill::precision::bf16 && !has_bf16_units() && !log.quiet)
        log_line(log, "warning",
                 "this processor has no bf16 units: bf16 is emulated and several times as slow as fp32");
    return chosen;
}
std::shared_ptr<operations<float>> precision_arguments::resolve(run_arguments const& run) const {
    return cpu_operations(run.thread_count(), resolve_precision(run));
}
}
