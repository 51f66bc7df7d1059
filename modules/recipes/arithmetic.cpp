module;
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
module wordmill.recipes;
import :arithmetic;
import :running;
import wordmill.compute;
import wordmill.core;
import wordmill.nn;

namespace wordmill {
chosen_arithmetic choose_arithmetic(arithmetic_options const& options, std::function<std::uint64_t()> const& bytes,
                                    std::function<void(std::string const&)> const& tell) {
    auto const on_cpu = [&] { return chosen_arithmetic{cpu_operations(options.threads, options.products)}; };
    bool const required = options.device == compute_device::cuda;
    auto const choice = choose_device(options.device);
    if (!choice.cuda) {
        if (!choice.note.empty()) detail::tell(tell, choice.note);
        return on_cpu();
    }
    if (auto const needed = bytes(), free = query_cuda_memory(); needed > free) {
        auto const plan = format_bytes(needed) + " of its memory for the model";
        if (required)
            throw error(failure::unavailable,
                        "CUDA: expected a GPU with " + plan + ", found " + format_bytes(free) + " free", {},
                        "use a smaller batch, model or vocabulary, or run on the CPU");
        detail::tell(tell, "the CPU is used: a GPU needs " + plan + "; " + format_bytes(free) + " are free");
        return on_cpu();
    }
    return {.ops = cuda_operations({.products = options.products}), .gpu = choice.note};
}
}
