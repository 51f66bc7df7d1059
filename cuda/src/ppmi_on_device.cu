#include "queue.hpp"
#include "wordmill/cuda/ppmi.hpp"
#include "wordmill/cuda/ppmi_on_device.hpp"

namespace wordmill::cuda {
struct ppmi_on_device::state {
    queue& work;
    array<double> rows{};
    array<double> columns{};
    double scale = 1;
    float threshold = 0;
    array<weighted_entry> entries{};
    array<valued_entry> values{};
};

ppmi_on_device::ppmi_on_device(device_queue& where, double const* rows, std::size_t row_count, double const* columns,
                               std::size_t column_count, double scale, float threshold)
    : state_(new state{where.work()}) {
    auto& s = *state_;
    s.scale = scale;
    s.threshold = threshold;
    on_device(s.work.device(), "PPMI", [&] {
        upload(s.work, rows, row_count, s.rows.grown_to(s.work, row_count));
        upload(s.work, columns, column_count, s.columns.grown_to(s.work, column_count));
    });
}
ppmi_on_device::~ppmi_on_device() = default;

std::size_t ppmi_on_device::operator()(weighted_entry const* entries, std::size_t count, valued_entry* to) {
    if (count == 0) return 0;
    auto& s = *state_;
    return on_device(s.work.device(), "PPMI", [&] {
        auto* const from = s.entries.grown_to(s.work, count);
        auto* const values = s.values.grown_to(s.work, count);
        upload(s.work, entries, count, from);
        queue_allocator memory(s.work);
        auto const kept = ppmi_of_entries(policy_of(s.work, memory), from, count,
                                          {s.rows.data(), s.columns.data(), s.scale}, s.threshold, values);
        download(s.work, values, kept, to);
        return kept;
    });
}
}
