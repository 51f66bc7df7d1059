#include "queue.hpp"
#include "sorting.hpp"
#include "wordmill/cuda/pairs.hpp"
#include "wordmill/cuda/pairs_on_device.hpp"

namespace wordmill::cuda {
void sort_keys(std::uint64_t* keys, std::size_t count, unsigned low, unsigned high) {
    if (count < 2 || low >= high) return;
    queue work;
    on_device(work.device(), "sorting", [&] {
        array<std::uint64_t> there(work, count);
        array<std::uint64_t> space(work, count);
        upload(work, keys, count, there.data());
        download(work, sorted_keys(work, there.data(), space.data(), count, low, high), count, keys);
    });
}

struct pairs_on_device::state {
    queue& work;
    pair_bits bits{};
    array<std::uint32_t> weights{};
    array<std::uint64_t> pairs{}; // as loaded
    array<std::uint64_t> keys{};
    array<std::uint64_t> space{};
    array<std::uint64_t> sums{};
    std::uint64_t const* places = nullptr; // in `keys` or `space`
    std::size_t count = 0;
    std::size_t found = 0;
};

pairs_on_device::pairs_on_device(device_queue& where, unsigned id_bits, unsigned distance_bits, unsigned used_bits,
                                 std::uint32_t const* weights)
    : state_(new state{where.work()}) {
    auto& s = *state_;
    s.bits = {id_bits, distance_bits, used_bits};
    on_device(s.work.device(), "pairs", [&] {
        auto const count = std::size_t{1} << distance_bits;
        upload(s.work, weights, count, s.weights.grown_to(s.work, count));
    });
}
pairs_on_device::~pairs_on_device() = default;

void pairs_on_device::load(std::uint64_t const* pairs, std::size_t count) {
    auto& s = *state_;
    on_device(s.work.device(), "pairs", [&] {
        upload(s.work, pairs, count, s.pairs.grown_to(s.work, count));
        s.count = count;
    });
}

std::size_t pairs_on_device::add_up(bool both_ways, bool turned) {
    auto& s = *state_;
    s.found = 0;
    if (s.count == 0) return 0;
    return on_device(s.work.device(), "pairs", [&] {
        auto* const keys = s.keys.grown_to(s.work, s.count);
        auto* const space = s.space.grown_to(s.work, s.count);
        auto* const sums = s.sums.grown_to(s.work, s.count);
        queue_allocator memory(s.work);
        auto const policy = policy_of(s.work, memory);
        thrust::transform(policy, s.pairs.data(), s.pairs.data() + s.count, keys, sortable_pair{s.bits, turned});
        auto const* const sorted = sorted_keys(s.work, keys, space, s.count, s.bits.distance, s.bits.end());
        auto* const places = sorted == keys ? space : keys;
        s.places = places;
        s.found = add_up_pairs(policy, sorted, s.count, {s.bits, s.weights.data(), both_ways, turned}, places, sums);
        return s.found;
    });
}

void pairs_on_device::read(std::uint64_t* places, std::uint64_t* sums) {
    auto& s = *state_;
    on_device(s.work.device(), "pairs", [&] {
        download(s.work, s.places, s.found, places);
        download(s.work, static_cast<std::uint64_t const*>(s.sums.data()), s.found, sums);
    });
}
}
