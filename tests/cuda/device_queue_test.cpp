// Copies to a device and back. The cases run on the emulator, too.
#include "../skipped.hpp"
#include "wordmill/cuda/device.hpp"
#include "wordmill/cuda/device_queue.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace cuda = wordmill::cuda;

namespace {
std::string why_no_gpu() { return cuda::check_devices().reason; }

/// Bytes that depend on `seed`.
std::vector<unsigned char> bytes_of(std::size_t count, std::size_t seed) {
    std::vector<unsigned char> bytes(count);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<unsigned char>(i * 7 + i / 251 + seed * 31);
    return bytes;
}

/// Memory of the device.
struct device_bytes {
    device_bytes(cuda::device_queue& q, std::size_t count)
        : queue(q), data(static_cast<unsigned char*>(q.allocate(count))) {}
    device_bytes(device_bytes const&) = delete;
    device_bytes& operator=(device_bytes const&) = delete;
    ~device_bytes() { queue.release(data); }
    cuda::device_queue& queue;
    unsigned char* data;
};
}

BOOST_AUTO_TEST_SUITE(device_queues, *boost::unit_test::label("gpu") * skipped_if(why_no_gpu))

// More than is on its way at a time, in pieces that end before, at and after the ends of halves.
BOOST_AUTO_TEST_CASE(what_is_copied_to_the_device_may_change_at_once) {
    cuda::device_queue queue;
    constexpr std::size_t half = std::size_t{1} << 19;
    std::vector<std::size_t> sizes{1, half - 1, 1, half, 300'000, 300'000, 300'000, half + 1, 7, 3 * half, 100};
    sizes.insert(sizes.end(), 60, half); // soon one of them is still on its way when its half is needed again
    std::size_t all = 0;
    for (auto const size : sizes) all += size;
    device_bytes const there(queue, all);
    std::size_t at = 0, seed = 0;
    for (auto const size : sizes) {
        auto bytes = bytes_of(size, seed++);
        queue.copy_in(bytes.data(), size, 1, there.data + at, size);
        std::ranges::fill(bytes, 0xee);
        at += size;
    }
    std::vector<unsigned char> found(all);
    queue.copy_out(there.data, all, found.data(), all, 1);
    queue.wait(queue.mark());
    at = seed = 0;
    for (auto const size : sizes) {
        auto const expected = bytes_of(size, seed++);
        BOOST_TEST(std::memcmp(found.data() + at, expected.data(), size) == 0, "piece " << seed << " differs");
        at += size;
    }
}

// The rows of a matrix with gaps, small and large results together, and values that change between two copies.
BOOST_AUTO_TEST_CASE(results_are_those_of_the_time_they_were_asked_for) {
    cuda::device_queue queue;
    device_bytes const there(queue, 4 * 100);
    std::vector<std::vector<unsigned char>> found;
    constexpr std::size_t copies = 2000; // of 40 bytes: more than results that are on their way at a time
    for (std::size_t i = 0; i < copies; ++i) found.emplace_back(40);
    for (std::size_t i = 0; i < copies; ++i) {
        auto const rows = bytes_of(40, i);
        queue.copy_in(rows.data(), 10, 4, there.data, 100);
        queue.copy_out(there.data, 100, found[i].data(), 10, 4);
    }
    auto const mark = queue.mark();
    queue.wait(mark);
    BOOST_TEST(queue.done(mark));
    for (std::size_t i = 0; i < copies; ++i) BOOST_TEST((found[i] == bytes_of(40, i)), "result " << i << " differs");
    std::vector<unsigned char> whole(400);
    queue.copy_out(there.data, 100, whole.data(), 100, 4);
    auto const last = queue.mark();
    while (!queue.done(last)) {}
    for (std::size_t r = 0; r < 4; ++r) {
        BOOST_TEST(std::memcmp(whole.data() + r * 100, found.back().data() + r * 10, 10) == 0);
        BOOST_TEST(std::count(whole.data() + r * 100 + 10, whole.data() + (r + 1) * 100, 0) == 90); // the gap
    }
}

// A step copies 40 bytes in and out, with other values each time. Some also allocate, wait, copy much, or copy rows
// with gaps; their shapes come again and again. Whatever is launched when, results are those of the order of calls.
BOOST_AUTO_TEST_CASE(steps_leave_what_the_same_calls_leave_without_steps) {
    cuda::device_queue queue;
    device_bytes const there(queue, 1 << 20);
    std::size_t seed = 0;
    auto const step = [&](std::uint64_t shape, auto more) {
        std::vector<unsigned char> found(40);
        auto const bytes = bytes_of(40, ++seed);
        queue.begin_step(shape);
        queue.copy_in(bytes.data(), 40, 1, there.data, 40);
        more();
        queue.copy_out(there.data, 40, found.data(), 40, 1);
        queue.end_step();
        auto const mark = queue.mark();
        if (seed % 2 == 0)
            while (!queue.done(mark)) {}
        queue.wait(mark);
        BOOST_TEST((found == bytes), "step " << seed << " of shape " << shape);
    };
    auto const much = bytes_of(600'000, 5);
    for (int i = 0; i < 6; ++i) {
        step(1, [] {});
        step(2, [&] { device_bytes const more(queue, 1000); });
        step(3, [&] { queue.wait(queue.mark()); });
        step(4, [&] { queue.copy_in(much.data(), much.size(), 1, there.data + 100, much.size()); });
        step(5, [&] { // more than half of what is on its way at a time
            for (int k = 0; k < 3; ++k) queue.copy_in(much.data(), 200'000, 1, there.data + 100, 200'000);
        });
        step(6, [&] {
            auto const rows = bytes_of(20, seed);
            std::vector<unsigned char> found(20);
            queue.copy_in(rows.data(), 5, 4, there.data + 1000, 10);
            queue.copy_out(there.data + 1000, 10, found.data(), 5, 4);
            queue.wait(queue.mark());
            BOOST_TEST((found == rows));
        });
        step(7, [&] { // fewer copies each time
            for (int k = i; k < 6; ++k) queue.copy_in(much.data(), 10, 1, there.data + 100, 10);
        });
        std::vector<unsigned char> large(70'000); // more than results that are on their way at a time
        step(8, [&] { queue.copy_out(there.data + 200'100, large.size(), large.data(), large.size(), 1); });
        BOOST_TEST(std::memcmp(large.data(), much.data() + 200'000, large.size()) == 0);
    }
    for (std::uint64_t shape = 100; shape < 140; ++shape) step(shape, [] {}); // more than are remembered
    for (std::uint64_t const shape : {138, 139}) step(shape, [] {});
    queue.use_graphs(false);
    for (int i = 0; i < 2; ++i) step(1, [] {});
}

// Memory that is released inside a step is used by it until the step is done.
BOOST_AUTO_TEST_CASE(a_step_may_release_what_it_reads) {
    cuda::device_queue queue;
    device_bytes const there(queue, 40);
    for (std::size_t i = 0; i < 4; ++i) {
        auto const bytes = bytes_of(40, i);
        std::vector<unsigned char> found(40);
        auto* const before = queue.allocate(40);
        queue.begin_step(1);
        queue.copy_in(bytes.data(), 40, 1, before, 40);
        queue.copy_out(before, 40, found.data(), 40, 1);
        queue.release(before);
        queue.end_step();
        queue.wait(queue.mark());
        BOOST_TEST((found == bytes));
    }
}

BOOST_AUTO_TEST_SUITE_END()
