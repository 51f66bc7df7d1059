#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <thread>
#include <vector>
import wordmill.core;

BOOST_AUTO_TEST_SUITE(monitors)

// by hand: (3 + 1) / (2 + 6) = 0.5 over both blocks, 1 / 6 of the second alone
BOOST_AUTO_TEST_CASE(the_mean_loss_is_that_of_each_example) {
    wordmill::monitor watch;
    auto const none = watch.learnt();
    BOOST_TEST(!none.mean_loss_since(none).has_value());
    watch.add_learnt({.tokens = 10, .examples = 2, .loss = 3, .rate = 0.5});
    auto const first = watch.learnt();
    wordmill::monitor copy = watch;
    copy.add_learnt({.tokens = 20, .examples = 6, .loss = 1, .rate = 0.25});
    auto const both = watch.learnt();
    BOOST_TEST(both.mean_loss_since(none).value() == 0.5);
    BOOST_TEST(both.mean_loss_since(first).value() == 1.0 / 6);
    BOOST_TEST(!both.mean_loss_since(both).has_value());
    BOOST_TEST(both.tokens == 30u);
    BOOST_TEST(both.rate == 0.25);
}

BOOST_AUTO_TEST_CASE(what_is_learnt_is_seen_in_whole_blocks) {
    wordmill::monitor watch;
    std::vector<std::thread> trainers;
    for (int t = 0; t < 3; ++t)
        trainers.emplace_back([watch]() mutable {
            for (int i = 0; i < 10'000; ++i) watch.add_learnt({.tokens = 5, .examples = 2, .loss = 6, .rate = 1});
        });
    for (wordmill::learning seen; seen.tokens < 150'000;) {
        seen = watch.learnt();
        if (seen.tokens != seen.examples / 2 * 5 || seen.loss != 3.0 * static_cast<double>(seen.examples)) {
            BOOST_ERROR("a part of a block was seen");
            break;
        }
    }
    for (auto& t : trainers) t.join();
    BOOST_TEST(watch.learnt().tokens == 150'000u);
}

BOOST_AUTO_TEST_SUITE_END()
