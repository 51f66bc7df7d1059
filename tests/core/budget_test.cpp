#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <string>
#include <unistd.h>
import wordmill.core;

namespace {
/// A folder that looks like /proc and /sys/fs/cgroup.
struct fake_machine {
    fake_machine() {
        std::filesystem::create_directories(root / "proc" / "self");
        std::filesystem::create_directories(root / "cgroup");
    }
    ~fake_machine() { std::filesystem::remove_all(root); }
    void write(std::string const& file, std::string const& text) const {
        auto const path = root / file;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text << '\n';
    }
    [[nodiscard]] wordmill::machine_limits limits() const {
        return wordmill::read_machine_limits({.proc = root / "proc", .cgroup = root / "cgroup"});
    }
    std::filesystem::path root =
        std::filesystem::temp_directory_path() / ("wordmill-budget-test-" + std::to_string(getpid()));
};
}

BOOST_AUTO_TEST_SUITE(budget)

BOOST_AUTO_TEST_CASE(a_unified_cgroup_limits_memory_and_threads) {
    fake_machine machine;
    machine.write("proc/self/cgroup", "0::/user.slice/job");
    machine.write("cgroup/user.slice/job/memory.max", "67108864");
    machine.write("cgroup/user.slice/job/cpu.max", "50000 100000");
    BOOST_TEST(machine.limits().memory_bytes == 67108864u);
    BOOST_TEST(machine.limits().threads == 1u);
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_parent_group_counts_and_max_is_no_limit) {
    fake_machine machine;
    machine.write("proc/self/cgroup", "0::/a/b");
    machine.write("cgroup/a/b/memory.max", "max");
    machine.write("cgroup/a/memory.max", "1048576");
    machine.write("cgroup/a/b/cpu.max", "max 100000");
    BOOST_TEST(machine.limits().memory_bytes == 1048576u);
}

BOOST_AUTO_TEST_CASE(a_container_whose_path_is_not_mounted_reads_the_root) {
    fake_machine machine;
    machine.write("proc/self/cgroup", "0::/not/mounted/here");
    machine.write("cgroup/memory.max", "33554432");
    BOOST_TEST(machine.limits().memory_bytes == 33554432u);
}

BOOST_AUTO_TEST_CASE(a_legacy_cgroup_limits_memory_and_threads) {
    fake_machine machine;
    machine.write("proc/self/cgroup", "4:memory:/job\n3:cpu,cpuacct:/job");
    machine.write("cgroup/memory/job/memory.limit_in_bytes", "16777216");
    machine.write("cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "100000");
    machine.write("cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000");
    BOOST_TEST(machine.limits().memory_bytes == 16777216u);
    BOOST_TEST(machine.limits().threads == 1u);
}

BOOST_AUTO_TEST_CASE(an_affinity_mask_of_one_core_gives_one_thread) {
    cpu_set_t before;
    BOOST_REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
        if (CPU_ISSET(cpu, &before)) {
            CPU_SET(cpu, &one);
            break;
        }
    BOOST_REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    auto const threads = wordmill::resolve_threads(0).count;
    sched_setaffinity(0, sizeof before, &before);
    BOOST_TEST(threads == 1u);
}

BOOST_AUTO_TEST_CASE(threads_are_automatic_capped_or_refused) {
    BOOST_TEST(wordmill::resolve_threads(0).count >= 1u);
    BOOST_TEST(wordmill::resolve_threads(7).count == 7u);
    BOOST_TEST(!wordmill::resolve_threads(7).capped);
    BOOST_TEST(wordmill::resolve_threads(1000).count == wordmill::max_threads);
    BOOST_TEST(wordmill::resolve_threads(1000).capped);
    BOOST_CHECK_EXCEPTION((void)wordmill::resolve_threads(-1), wordmill::error,
                          [](auto const& e) { return e.kind() == wordmill::failure::usage; });
}

BOOST_AUTO_TEST_CASE(a_memory_budget_above_the_machine_is_refused_with_numbers) {
    BOOST_TEST(wordmill::resolve_memory(1 << 20) == 1u << 20);
    BOOST_TEST(wordmill::resolve_memory(0) > 0u);
    BOOST_CHECK_EXCEPTION((void)wordmill::resolve_memory(1ULL << 60), wordmill::error, [](auto const& e) {
        return e.kind() == wordmill::failure::resource
               && std::string(e.what()).find("1.0 EiB asked for") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
