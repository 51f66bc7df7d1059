// The device of --device, for programs that import wordmill.compute first.
#pragma once
#include "report.hpp"
#include <stdexcept>
#include <string>

namespace perf {
struct chosen_device {
    wordmill::compute_device wanted;
    std::string name; ///< for the report: "cpu" or "cuda"
};
/// cpu unless the command line says otherwise.
inline chosen_device device_argument(int argc, char** argv, bool linear_algebra) {
    auto const text = argument(argc, argv, "--device", "cpu");
    if (text != "cpu" && text != "cuda" && text != "auto")
        throw std::runtime_error("--device: expected cpu, cuda or auto; found '" + text + "'");
    auto const wanted = text == "cpu"    ? wordmill::compute_device::cpu
                        : text == "cuda" ? wordmill::compute_device::cuda
                                         : wordmill::compute_device::automatic;
    return {wanted, wordmill::choose_device(wanted, linear_algebra).cuda ? "cuda" : "cpu"};
}
}
