// For .cu files only: the work of steps that are repeated, launched as graphs.
#pragma once
#include "check.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wordmill::cuda {
/// Captures a step and launches it as one graph. Each step is captured anew, and the executable graph of the last step
/// of its shape is updated to it, which changes the arguments of kernels and copies. Where it cannot be updated,
/// because other kernels are launched or in another order, another one is made. The shapes used last are kept.
class step_graphs {
public:
    step_graphs() = default;
    step_graphs(step_graphs const&) = delete;
    step_graphs& operator=(step_graphs const&) = delete;
    ~step_graphs();

    /// Begins to capture, unless the shape is new or its graphs were of no use.
    void begin(cudaStream_t stream, std::uint64_t shape);
    [[nodiscard]] bool capturing() const noexcept { return capturing_ != none; }
    /// Launches what was captured. `whole`: the step has ended, and the next one of its shape will be alike.
    void launch(cudaStream_t stream, bool whole);

private:
    static constexpr std::size_t none = SIZE_MAX;
    static constexpr std::size_t most_shapes = 16;
    static constexpr unsigned most_failures = 3; ///< in a row; then steps of the shape are not captured any more
    struct known_shape {
        std::uint64_t shape;
        std::uint64_t last_used;
        cudaGraphExec_t executable = nullptr;
        unsigned failures = 0;
    };
    void use(known_shape& s, cudaGraph_t graph, cudaStream_t stream, bool whole);

    std::vector<known_shape> shapes_{};
    std::uint64_t steps_ = 0;
    std::size_t capturing_ = none; ///< the number of the shape
};
}
