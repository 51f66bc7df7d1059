#include "../skipped.hpp"
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
import wordmill.compute;

BOOST_AUTO_TEST_SUITE(device)

BOOST_AUTO_TEST_CASE(the_report_is_whole_with_and_without_a_gpu) {
    auto const report = wordmill::query_cuda();
    BOOST_TEST(report.reason.empty() == report.available);
    if (report.available) BOOST_TEST(!report.devices.empty());
    if (report.runtime.empty()) BOOST_TEST(report.reason == "built without CUDA");
    for (int number = 0; auto const& d : report.devices) {
        BOOST_TEST(d.number == number++);
        BOOST_TEST(!d.name.empty());
        BOOST_TEST(d.compute_capability.find('.') != std::string::npos);
    }
}

std::string why_not_without_driver() { // the kernel's word, not the CUDA runtime's
    return std::filesystem::exists("/proc/driver/nvidia/version") ? "there is an NVIDIA driver" : "";
}

BOOST_AUTO_TEST_CASE(without_a_driver_nothing_is_available, *skipped_if(why_not_without_driver)) {
    auto const report = wordmill::query_cuda();
    BOOST_TEST(!report.available);
    BOOST_TEST(report.driver.empty());
    BOOST_TEST(report.devices.empty());
}

BOOST_AUTO_TEST_SUITE_END()
