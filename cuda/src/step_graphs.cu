#include "step_graphs.hpp"
#include <algorithm>
#include <utility>

namespace wordmill::cuda {
namespace {
void destroy(cudaGraphExec_t executable) noexcept {
    if (executable != nullptr) (void)cudaGraphExecDestroy(executable); // one that runs is destroyed when it is done
}
}

step_graphs::~step_graphs() {
    for (auto const& s : shapes_) destroy(s.executable);
}

void step_graphs::begin(cudaStream_t stream, std::uint64_t shape) {
    ++steps_;
    auto const found = std::find_if(shapes_.begin(), shapes_.end(), [&](auto const& s) { return s.shape == shape; });
    if (found == shapes_.end()) {
        if (shapes_.size() == most_shapes) {
            auto const oldest = std::min_element(
                shapes_.begin(), shapes_.end(), [](auto const& a, auto const& b) { return a.last_used < b.last_used; });
            destroy(oldest->executable);
            shapes_.erase(oldest);
        }
        shapes_.push_back({.shape = shape, .last_used = steps_});
        return;
    }
    found->last_used = steps_;
    if (found->failures == most_failures) return;
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "graph of a step");
    capturing_ = static_cast<std::size_t>(found - shapes_.begin());
}

void step_graphs::launch(cudaStream_t stream, bool whole) {
    auto& s = shapes_[std::exchange(capturing_, none)];
    cudaGraph_t graph = nullptr;
    check(cudaStreamEndCapture(stream, &graph), "graph of a step");
    try {
        use(s, graph, stream, whole);
    } catch (cuda_error const&) {
        (void)cudaGraphDestroy(graph);
        throw;
    }
    check(cudaGraphDestroy(graph), "graph of a step");
}

void step_graphs::use(known_shape& s, cudaGraph_t graph, cudaStream_t stream, bool whole) {
    if (whole && s.executable != nullptr) {
        cudaGraphExecUpdateResultInfo found{};
        if (cudaGraphExecUpdate(s.executable, graph, &found) == cudaSuccess) {
            s.failures = 0;
            return check(cudaGraphLaunch(s.executable, stream), "graph of a step");
        }
        (void)cudaGetLastError(); // a graph that cannot be updated is not an error
    }
    if (!whole || s.executable != nullptr) ++s.failures;
    cudaGraphExec_t made = nullptr;
    check(cudaGraphInstantiate(&made, graph, 0), "graph of a step");
    std::swap(made, s.executable); // the former one is of no use, and neither is that of a part of a step
    destroy(made);
    check(cudaGraphLaunch(s.executable, stream), "graph of a step");
    if (!whole) destroy(std::exchange(s.executable, nullptr));
}
}
