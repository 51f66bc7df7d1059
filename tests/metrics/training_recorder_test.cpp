#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
import wordmill.core;
import wordmill.metrics;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
constexpr double never = 3600; // seconds until the recorder would take a point by itself

/// Waits until `done()`, for as long as the slowest machine may need.
template <class Condition> bool within_a_minute(Condition done) {
    for (int i = 0; i < 6000 && !done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return done();
}
}

BOOST_AUTO_TEST_SUITE(training_recorders)

// by hand: the first epoch has 8 examples with a loss of 4, of the second 2 with a loss of 3 are learnt
BOOST_AUTO_TEST_CASE(points_have_the_mean_loss_since_the_one_before) {
    monitor watch;
    watch.add_learnt({.tokens = 1000, .examples = 1000, .loss = 1e6, .rate = 1}); // by somebody before
    std::vector<training_point> points;
    training_recorder recorder(
        watch, {[&](training_point const& p) { points.push_back(p); }},
        {.every = never, .epoch = 3, .tokens_before = 500, .limiting_stage = [] { return std::string("reading"); }});
    watch.add_learnt({.tokens = 60, .examples = 6, .loss = 3, .rate = 0.5});
    watch.add_learnt({.tokens = 40, .examples = 2, .loss = 1, .rate = 0.25});
    recorder.end_epoch(0.75);
    watch.add_learnt({.tokens = 7, .examples = 2, .loss = 3, .rate = 0.125});
    recorder.finish();
    BOOST_REQUIRE(points.size() == 2u);
    BOOST_TEST(points[0].epoch == 3u);
    BOOST_TEST(points[0].tokens == 600u);
    BOOST_TEST(points[0].loss.value() == 0.5);
    BOOST_TEST(points[0].learning_rate == 0.25);
    BOOST_TEST(points[0].epoch_loss.value() == 0.75);
    BOOST_TEST(points[0].limited_by == "reading");
    BOOST_TEST(points[0].tokens_per_second > 0);
    BOOST_TEST(points[1].epoch == 4u);
    BOOST_TEST(points[1].tokens == 607u);
    BOOST_TEST(points[1].loss.value() == 1.5);
    BOOST_TEST(!points[1].epoch_loss.has_value());
    BOOST_TEST(points[1].seconds >= points[0].seconds);
}

BOOST_AUTO_TEST_CASE(nothing_learnt_is_no_last_point) {
    std::size_t points = 0;
    training_recorder recorder(monitor(), {[&](training_point const&) { ++points; }}, {.every = never});
    recorder.finish();
    BOOST_TEST(points == 0u);
}

BOOST_AUTO_TEST_CASE(points_are_taken_while_the_run_goes_on) {
    monitor watch;
    std::mutex mutex;
    std::uint64_t tokens = 0;
    training_recorder recorder(watch, {[&](training_point const& p) {
                                   std::scoped_lock const lock(mutex);
                                   tokens = p.tokens;
                               }},
                               {.every = 0.01});
    for (std::uint64_t i = 1; i <= 3; ++i) {
        watch.add_learnt({.tokens = 10, .examples = 1, .loss = 1, .rate = 1});
        BOOST_TEST(within_a_minute([&] {
            std::scoped_lock const lock(mutex);
            return tokens == 10 * i;
        }));
    }
}

BOOST_AUTO_TEST_CASE(a_point_that_cannot_be_written_asks_the_run_to_stop) {
    monitor watch;
    training_recorder recorder(watch, {[](training_point const&) { throw error(failure::io, "disk full"); }},
                               {.every = 0.01});
    BOOST_TEST(within_a_minute([&] { return watch.stop_requested(); }));
    auto const seen = failure_of([&] { recorder.check(); });
    BOOST_CHECK(seen == failure::io);
    BOOST_TEST(seen.says("disk full"));
    recorder.check(); // once is enough

    training_recorder another(monitor(), {[](training_point const&) { throw error(failure::io, "disk full"); }},
                              {.every = never});
    BOOST_CHECK(failure_of([&] { another.end_epoch(1); }) == failure::io);
}

BOOST_AUTO_TEST_SUITE_END()
