#include "../skipped.hpp"
#include "wordmill/cuda/device.hpp"
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace cuda = wordmill::cuda;

namespace {
bool with_cuda() { return cuda::runtime_version().major != 0; }

/// What the kernel reports, independent of the CUDA runtime.
bool driver_loaded() { return std::filesystem::exists("/proc/driver/nvidia/version"); }

std::string why_no_device() { return cuda::check_devices().reason; }

std::string why_not_without_driver() { return driver_loaded() ? "there is an NVIDIA driver" : ""; }

std::string why_not_hidden() {
    char const* const visible = std::getenv("CUDA_VISIBLE_DEVICES");
    bool const hidden = visible && !*visible && driver_loaded() && with_cuda();
    return hidden ? "" : "expected CUDA, a driver and an empty CUDA_VISIBLE_DEVICES";
}
}

BOOST_AUTO_TEST_SUITE(cuda_device)

BOOST_AUTO_TEST_CASE(an_unavailable_gpu_has_a_reason_and_an_available_one_has_none) {
    auto const found = cuda::check_devices();
    BOOST_TEST(cuda::available() == found.usable);
    BOOST_TEST(std::string(found.reason).empty() == found.usable);
    BOOST_TEST_MESSAGE("CUDA: " << (found.usable ? "available" : found.reason));
}

BOOST_AUTO_TEST_CASE(a_build_without_cuda_is_named_as_such,
                     *skipped_if([] { return with_cuda() ? "built with CUDA" : ""; })) {
    BOOST_TEST(std::string(cuda::check_devices().reason) == "built without CUDA");
}

BOOST_AUTO_TEST_CASE(a_machine_without_a_driver_is_named_as_such, *skipped_if(why_not_without_driver)) {
    BOOST_TEST(!cuda::available());
    BOOST_TEST(cuda::device_count() == 0);
    BOOST_TEST(cuda::driver_version().major == 0);
    if (with_cuda()) BOOST_TEST(std::string(cuda::check_devices().reason) == "no NVIDIA driver");
}

BOOST_AUTO_TEST_CASE(hidden_devices_read_as_no_device, *skipped_if(why_not_hidden)) {
    BOOST_TEST(std::string(cuda::check_devices().reason) == "no CUDA device");
}

BOOST_AUTO_TEST_CASE(a_device_that_does_not_exist_is_an_error_and_not_a_crash) {
    BOOST_CHECK_THROW((void)cuda::describe(1'000'000), cuda::cuda_error);
    BOOST_CHECK_THROW((void)cuda::free_memory(1'000'000), cuda::cuda_error);
    try {
        (void)cuda::describe(1'000'000);
    } catch (cuda::cuda_error const& e) {
        BOOST_TEST(std::string(e.what()).find('\n') == std::string::npos);
        BOOST_TEST(e.code() != 0);
    }
}

BOOST_AUTO_TEST_CASE(a_device_describes_itself, *boost::unit_test::label("gpu") * skipped_if(why_no_device)) {
    BOOST_TEST(cuda::device_count() > 0);
    auto const p = cuda::describe(0);
    BOOST_TEST(!std::string(p.name).empty());
    BOOST_TEST(p.multiprocessors > 0);
    BOOST_TEST(p.memory > (std::size_t{1} << 30));
    BOOST_TEST(cuda::free_memory(0) <= p.memory);
    BOOST_TEST(cuda::driver_version().major >= cuda::runtime_version().major);
    BOOST_TEST_MESSAGE(p.name << ", " << (p.memory >> 20) << " MiB, compute capability " << p.compute_capability.major
                              << '.' << p.compute_capability.minor);
}

BOOST_AUTO_TEST_SUITE_END()
