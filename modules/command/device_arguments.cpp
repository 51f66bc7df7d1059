module;
#include <string>
module wordmill.command;
import :arguments;
import :command_line;
import :device_arguments;
import :progress;
import wordmill.compute;

namespace wordmill {
void device_arguments::add_to(command_line line) {
    line.under("Run").option("--device", device, "auto (a usable GPU, else the CPU), cpu, cuda", "NAME");
}

compute_device device_arguments::resolve(log_options const& log, bool linear_algebra) const {
    static constexpr named_value<compute_device> devices[] = {
        {"auto", compute_device::automatic}, {"cpu", compute_device::cpu}, {"cuda", compute_device::cuda}};
    auto const wanted = choose("--device", device, devices);
    auto const choice = choose_device(wanted, linear_algebra);
    if (!log.quiet && !choice.note.empty()) log_line(log, "info", "device: " + choice.note);
    return choice.cuda ? wanted : compute_device::cpu;
}
}
