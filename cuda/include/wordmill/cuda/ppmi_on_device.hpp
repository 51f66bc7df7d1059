// Plain header between nvcc and the modules.
#pragma once
#include "wordmill/cuda/device_queue.hpp"
#include "wordmill/cuda/entries.hpp"
#include "wordmill/cuda/error.hpp"
#include <cstddef>
#include <memory>

namespace wordmill::cuda {
/// `ppmi_of_entries` on a device, for entries in the memory of the host. For one thread at a time; every
/// member throws cuda_error.
class ppmi_on_device {
public:
    /// What each row [row_count] and column [column_count] takes away, as `pmi_of` says. Works in `where`, which must
    /// outlive it.
    ppmi_on_device(device_queue& where, double const* rows, std::size_t row_count, double const* columns,
                   std::size_t column_count, double scale, float threshold);
    ~ppmi_on_device();

    /// Writes the entries whose value is above the threshold, in their order, to `to` [count]; returns their number.
    std::size_t operator()(weighted_entry const* entries, std::size_t count, valued_entry* to);

private:
    struct state;
    std::unique_ptr<state> state_;
};
}
