module;
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/error.hpp"
#include "wordmill/cuda/svd_on_device.hpp"
#include <cstddef>
#include <string>
#include <vector>
module wordmill.compute;
import :choice;
import wordmill.core;

namespace wordmill {
namespace {
std::string text_of(cuda::version v) {
    return v.major == 0 ? std::string{} : std::to_string(v.major) + "." + std::to_string(v.minor);
}
}

cuda_report query_cuda() {
    auto const found = cuda::check_devices();
    cuda_report report{.available = found.usable,
                       .reason = found.reason,
                       .runtime = text_of(cuda::runtime_version()),
                       .driver = text_of(cuda::driver_version())};
    try {
        int const count = cuda::device_count();
        for (int number = 0; number < count; ++number) {
            auto const p = cuda::describe(number);
            report.devices.push_back({.number = number,
                                      .name = p.name,
                                      .memory = p.memory,
                                      .compute_capability = text_of(p.compute_capability),
                                      .multiprocessors = p.multiprocessors});
        }
    } catch (cuda::cuda_error const& e) {
        throw error(failure::unavailable, std::string("CUDA: ") + e.what());
    }
    return report;
}

void use_cuda_device(int number) noexcept { cuda::choose_device(number); }

device_choice choose_device(compute_device wanted, bool linear_algebra) {
    if (wanted == compute_device::cpu) return {};
    auto const found = linear_algebra ? cuda::check_linear_algebra() : cuda::check_devices();
    if (!found.usable && wanted == compute_device::cuda)
        throw error(failure::unavailable, std::string("CUDA: expected a GPU that can be used, found: ") + found.reason,
                    {}, "run on the CPU");
    if (!found.usable) return {.note = found.present ? std::string("the GPU is not used: ") + found.reason : ""};
    try {
        return {.cuda = true, .note = cuda::describe(found.device).name};
    } catch (cuda::cuda_error const& e) {
        throw error(failure::unavailable, std::string("CUDA: ") + e.what());
    }
}

bool takes_cuda(compute_device wanted, std::size_t bytes, bool linear_algebra) {
    if (!choose_device(wanted, linear_algebra).cuda) return false;
    if (wanted == compute_device::cuda) return true;
    return bytes <= query_cuda_memory();
}

std::uint64_t query_cuda_memory() {
    auto const found = cuda::check_devices();
    if (!found.usable) throw error(failure::unavailable, std::string("CUDA: ") + found.reason);
    return on_cuda([&] { return cuda::free_memory(found.device); });
}

void rethrow_from_cuda() {
    try {
        throw;
    } catch (cuda::cuda_error const& e) {
        auto const message = std::string("CUDA: ") + e.what();
        if (e.out_of_memory())
            throw error(failure::resource, message, {}, "use a smaller batch, model or corpus, or run on the CPU");
        throw error(failure::unavailable, message, {}, "run on the CPU");
    }
}
}
