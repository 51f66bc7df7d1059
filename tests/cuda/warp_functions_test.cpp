// Functions of device code, as the emulator and as a GPU do them.
#include "../skipped.hpp"
#include "kernels/warp_functions.hpp"
#include "wordmill/cuda/device.hpp"
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cuda = wordmill::cuda;

BOOST_AUTO_TEST_SUITE(cuda_warp_functions)

/// Rules of the CUDA C++ Programming Guide, "Warp Vote Functions", "Warp Reduce Functions", "Warp Shuffle Functions".
BOOST_AUTO_TEST_CASE(warp_functions_do_as_the_guide_says, *boost::unit_test::label("gpu") * skipped_if([] {
                         return std::string(cuda::check_devices().reason);
                     })) {
    std::vector<std::uint32_t> expected;
    auto const add = [&](auto value) {
        for (unsigned lane = 0; lane < 32; ++lane) expected.push_back(static_cast<std::uint32_t>(value(lane)));
    };
    add([](unsigned) { return 35U % 32; });
    add([](unsigned i) { return i / 8 * 8 + 3; });
    add([](unsigned i) { return i ^ 5; });
    add([](unsigned i) { return (i ^ 12) / 8 > i / 8 ? i : i ^ 12; }); // from earlier groups only
    add([](unsigned i) { return i + 20 < 32 ? i + 20 : i; });
    add([](unsigned i) { return i % 8 + 3 < 8 ? i + 3 : i; });
    add([](unsigned i) { return i >= 20 ? i - 20 : i; });
    add([](unsigned i) { return i % 8 >= 3 ? i - 3 : i; });
    add([](unsigned) { return 1U << 1 | 1U << 17; });
    add([](unsigned) { return 1U; });
    add([](unsigned) { return 0U; });
    add([](unsigned) { return 31U * 32 / 2; });
    add([](unsigned) { return 31U; });
    add([](unsigned) { return 0U; });
    add([](unsigned i) { return i < 16 ? 15U * 16 / 2 : 31U * 32 / 2 - 15U * 16 / 2; });
    std::vector<std::uint32_t> found(std::size_t{cuda::test::warp_functions} * 32);
    cuda::test::call_warp_functions(found.data());
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(accesses_that_may_race_lose_nothing, *boost::unit_test::label("gpu") * skipped_if([] {
                         return std::string(cuda::check_devices().reason);
                     })) {
    // 96 threads; lanes 0 to 31 of three blocks sum to 3 * 496, and 7 * 31 + 2 is the largest of block 2
    std::vector<float> const expected{96, 2 * 96, 3 * 96, 3 * 496, 4, 48, 3 * 496 + 1000 * 219, 96};
    std::vector<float> found(cuda::test::memory_functions);
    cuda::test::call_memory_functions(found.data());
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
