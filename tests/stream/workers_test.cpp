#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <grp.h>
#include <new>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <system_error>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <unistd.h>
import wordmill.core;
import wordmill.stream;

namespace utf = boost::unit_test;

namespace {
wordmill::generator<std::uint64_t> count(std::uint64_t n) {
    for (std::uint64_t i = 1; i <= n; ++i) co_yield i;
}

/// Sum of the squares of 1 .. n; a stage works for a while, every third one with TBB itself.
std::uint64_t sum_of_squares(std::uint64_t n, unsigned threads) {
    auto const square = [](std::uint64_t x) {
        if (x % 3 == 0) tbb::parallel_for(0, 64, [](int) {});
        return x * x;
    };
    std::uint64_t sum = 0;
    for (auto x : count(n) | wordmill::parallel(square, {.threads = threads})) sum += x;
    return sum;
}

int run_this_program(std::string const& test, std::string const& limit) {
    auto const child = fork();
    if (child == 0) {
        setenv("WORDMILL_TEST_NPROC", limit.c_str(), 1);
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1); // looking for leaks takes a thread
        auto const run = "--run_test=" + test;
        execl("/proc/self/exe", "stream_tests", run.c_str(), nullptr);
        _exit(127);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
}

BOOST_AUTO_TEST_SUITE(worker_threads, *utf::timeout(120))

BOOST_AUTO_TEST_CASE(a_pipeline_inside_an_arena_of_one_thread_ends) {
    tbb::task_arena(1).execute([] {
        tbb::task_group group;
        std::uint64_t sum = 0;
        group.run([&] { sum = sum_of_squares(500, 4); });
        group.wait();
        BOOST_TEST(sum == 41791750u); // 500 * 501 * 1001 / 6
    });
}

BOOST_AUTO_TEST_CASE(pipelines_inside_tasks_on_every_thread_end) {
    tbb::parallel_for(0, 64, [](int i) {
        if (sum_of_squares(100, 1 + static_cast<unsigned>(i) % 5) != 338350) // 100 * 101 * 201 / 6
            throw wordmill::error(wordmill::failure::internal, "wrong sum");
    });
}

BOOST_AUTO_TEST_CASE(a_pipeline_works_where_tbb_may_use_one_thread_only) {
    tbb::global_control const one(tbb::global_control::max_allowed_parallelism, 1);
    BOOST_TEST(sum_of_squares(500, 7) == 41791750u);
}

BOOST_AUTO_TEST_CASE(recursion_of_pipelines_ends) {
    struct tree {
        int depth;
        std::uint64_t operator()(std::uint64_t) const {
            if (depth == 0) return 1;
            std::uint64_t leaves = 0;
            for (auto x : count(3) | wordmill::parallel(tree{depth - 1}, {.threads = 3})) leaves += x;
            return leaves;
        }
    };
    BOOST_TEST(tree{5}(0) == 243u); // 3^5
}

BOOST_AUTO_TEST_CASE(an_error_of_one_task_of_a_team_reaches_the_caller) {
    for (unsigned const threads : {1u, 2u, 8u}) {
        wordmill::detail::task_team team(threads);
        for (int turn = 0; turn < 20; ++turn) {
            BOOST_CHECK_THROW(team.run(100,
                                       [](std::size_t task, std::size_t) {
                                           if (task == 37) throw std::bad_alloc();
                                       }),
                              std::bad_alloc);
            std::atomic<std::size_t> sum{0};
            team.run(100, [&](std::size_t task, std::size_t) { sum += task; });
            BOOST_TEST(sum == 4950u); // 99 * 100 / 2
        }
    }
}

BOOST_AUTO_TEST_CASE(a_refused_thread_is_a_lack_of_resources) {
    auto const e = wordmill::thread_refused("x", std::system_error(EAGAIN, std::generic_category()));
    BOOST_TEST((e.kind() == wordmill::failure::resource));
    BOOST_TEST(std::string(e.what()).find("cannot start a thread to x: ") == 0u);
    BOOST_TEST(e.hint().find("ulimit -u") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(threads_that_can_be_started_are_counted) { BOOST_TEST(wordmill::startable_threads(3) == 3u); }

BOOST_AUTO_TEST_CASE(child_without_threads, *utf::disabled()) {
    auto const limit = static_cast<rlim_t>(std::atoi(std::getenv("WORDMILL_TEST_NPROC")));
    if (getuid() == 0) { // the limit does not hold for root
        BOOST_REQUIRE(setgroups(0, nullptr) == 0);
        BOOST_REQUIRE(setgid(65534) == 0);
        BOOST_REQUIRE(setuid(65534) == 0);
    }
    rlimit const at_most{limit, limit};
    BOOST_REQUIRE(setrlimit(RLIMIT_NPROC, &at_most) == 0);
    BOOST_TEST(wordmill::startable_threads(16) < 16u);
    BOOST_TEST(sum_of_squares(500, 16) == 41791750u);
    auto const states = wordmill::reduce_blocks(
        count(100), [] { return std::uint64_t{0}; }, [](std::uint64_t& s, std::uint64_t x) { s += x; },
        {.threads = 16});
    std::uint64_t sum = 0;
    for (auto s : states) sum += s;
    BOOST_TEST(sum == 5050u); // 100 * 101 / 2
}

BOOST_AUTO_TEST_CASE(fewer_threads_do_when_the_system_refuses_more) {
    for (auto limit : {"1", "2", "4"}) BOOST_TEST(run_this_program("worker_threads/child_without_threads", limit) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
