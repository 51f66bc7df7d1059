#include <boost/test/unit_test.hpp>
#include <chrono>
#include <coroutine>
#include <thread>
import wordmill.core;
import wordmill.stream;

using namespace wordmill;

namespace {
/// Sleeps 20 ms before each of three numbers; `awaited` is what the monitor says meanwhile.
generator<int> slow(monitor watch, bool* awaited) {
    for (int i = 0; i < 3; ++i) {
        *awaited = *awaited && watch.waits_for_source();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        co_yield i;
    }
}
}

BOOST_AUTO_TEST_SUITE(timed_sources)

BOOST_AUTO_TEST_CASE(the_wait_for_a_source_counts_and_what_its_consumer_does_meanwhile_does_not) {
    monitor const watch;
    bool awaited = true;
    int sum = 0;
    for (auto const n : timed(slow(watch, &awaited), watch)) {
        BOOST_TEST(!watch.waits_for_source());
        auto const before = watch.source_seconds();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        BOOST_TEST(watch.source_seconds() == before);
        sum += n;
    }
    BOOST_TEST(awaited);
    BOOST_TEST(sum == 3);
    BOOST_TEST(!watch.waits_for_source());
    BOOST_TEST(watch.source_seconds() >= 0.06); // a sleep is never shorter than asked
}

BOOST_AUTO_TEST_SUITE_END()
