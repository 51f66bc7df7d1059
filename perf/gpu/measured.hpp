// How gpu_perf takes times.
#pragma once
#include "ceilings.hpp"
#include "wordmill/cuda/device_queue.hpp"
#include <algorithm>
#include <cstddef>
#include <vector>

namespace perf::gpu {
inline double median(std::vector<double> values) {
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}
/// Median seconds of the device, after a run to warm up.
template <class Work> double measured(wordmill::cuda::device_queue& queue, int repeats, Work work) {
    device_clock clock(queue);
    std::vector<double> seconds;
    for (int i = 0; i <= repeats; ++i) {
        clock.start();
        work();
        auto const s = clock.stop();
        if (i > 0) seconds.push_back(s);
    }
    return median(seconds);
}

template <class T> T* sent(wordmill::cuda::device_queue& queue, std::vector<T> const& from) {
    auto* const to = static_cast<T*>(queue.allocate(from.size() * sizeof(T)));
    queue.copy_in(from.data(), from.size() * sizeof(T), 1, to, from.size() * sizeof(T));
    return to;
}
}
