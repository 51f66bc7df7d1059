module;
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
module wordmill.command;
import :arguments;
import :command_line;
import :device_arguments;
import :progress;
import wordmill.compute;
import wordmill.core;

namespace wordmill {
void device_arguments::add_to(command_line line) {
    line.under("Run").option("--device", device, "auto (a usable GPU, else the CPU), cpu, cuda (cuda:1 the second)",
                             "NAME");
}

compute_device device_arguments::resolve(log_options const& log, bool linear_algebra) const {
    static constexpr named_value<compute_device> devices[] = {
        {"auto", compute_device::automatic}, {"cpu", compute_device::cpu}, {"cuda", compute_device::cuda}};
    auto name = device;
    if (constexpr std::string_view numbered = "cuda:"; name.starts_with(numbered)) {
        auto const number = parse_count(name.substr(numbered.size()), "--device cuda:");
        use_cuda_device(static_cast<int>(std::min<std::uint64_t>(number, std::numeric_limits<int>::max())));
        name = "cuda";
    }
    auto const wanted = choose("--device", name, devices);
    auto const choice = choose_device(wanted, linear_algebra);
    if (!log.quiet && !choice.note.empty()) log_line(log, "info", "device: " + choice.note);
    return choice.cuda ? wanted : compute_device::cpu;
}
}
