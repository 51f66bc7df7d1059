#include <atomic>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>
import wordmill.core;
import wordmill.stream;

namespace {
struct counter {
    std::atomic<int> made{0};
    std::atomic<int> live{0};
};
wordmill::generator<std::unique_ptr<int>> count(std::shared_ptr<counter> c, int n, int throw_at = -1) {
    ++c->live;
    struct leave {
        counter& c;
        ~leave() { --c.live; }
    } const guard{*c};
    for (int i = 0; i < n; ++i) {
        if (i == throw_at) throw std::runtime_error("source");
        ++c->made;
        co_yield std::make_unique<int>(i);
    }
}
}

BOOST_AUTO_TEST_SUITE(prefetching)

BOOST_AUTO_TEST_CASE(items_come_in_order) {
    for (std::size_t ahead : {1, 2, 7, 1000}) {
        int at = 0;
        for (auto&& x : count(std::make_shared<counter>(), 500) | wordmill::prefetch(ahead)) BOOST_TEST(*x == at++);
        BOOST_TEST(at == 500);
    }
    for ([[maybe_unused]] auto&& x : count(std::make_shared<counter>(), 0) | wordmill::prefetch(2)) BOOST_TEST(false);
}

BOOST_AUTO_TEST_CASE(an_error_comes_after_the_items_before_it) {
    for (int bad : {0, 1, 30}) {
        int at = 0;
        auto run = [&] {
            for (auto&& x : count(std::make_shared<counter>(), 500, bad) | wordmill::prefetch(3)) at += *x == at;
        };
        BOOST_CHECK_THROW(run(), std::runtime_error);
        BOOST_TEST(at == bad);
    }
}

BOOST_AUTO_TEST_CASE(it_reads_no_further_ahead_than_asked) {
    auto const c = std::make_shared<counter>();
    auto g = count(c, 500) | wordmill::prefetch(4);
    int taken = 0;
    for (auto&& x : g) {
        BOOST_TEST(c->made <= *x + 4 + 1);
        if (++taken % 50 == 0) std::this_thread::yield();
    }
    BOOST_TEST(taken == 500);
}

BOOST_AUTO_TEST_CASE(abandoned_it_stops_and_joins) {
    for (int take : {0, 1, 20}) {
        auto const c = std::make_shared<counter>();
        {
            auto g = count(c, 1000000) | wordmill::prefetch(4);
            int taken = 0;
            if (take > 0)
                for (auto it = g.begin(); ++taken < take;) ++it;
        }
        BOOST_TEST(c->live == 0);
        BOOST_TEST(c->made <= take + 5);
    }
}

BOOST_AUTO_TEST_CASE(a_queue_reads_from_the_beginning_of_its_life) {
    auto const c = std::make_shared<counter>();
    wordmill::prefetch_queue queue(count(c, 3), 2);
    while (c->made < 3) std::this_thread::yield(); // two in the queue, one in the hands of the thread
    for (int i = 0; i < 3; ++i) {
        auto* const front = queue.front();
        BOOST_REQUIRE(front != nullptr);
        BOOST_TEST(**front == i);
        queue.pop();
    }
    BOOST_TEST(queue.front() == nullptr);
}

BOOST_AUTO_TEST_CASE(nothing_ahead_is_refused) {
    BOOST_CHECK_THROW((void)(count(std::make_shared<counter>(), 1) | wordmill::prefetch(0)),
                      wordmill::contract_violation);
}

BOOST_AUTO_TEST_CASE(take_leaves_the_source_where_it_is) {
    auto const c = std::make_shared<counter>();
    int taken = 0;
    for (auto&& x : count(c, 100) | wordmill::take(7)) BOOST_TEST(*x == taken++);
    BOOST_TEST(taken == 7);
    BOOST_TEST(c->made == 7);
}

BOOST_AUTO_TEST_SUITE_END()
