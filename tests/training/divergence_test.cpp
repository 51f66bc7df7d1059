#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <string>
import wordmill.core;
import wordmill.training;

namespace wm = wordmill;

namespace {
wm::loss_sum batch_of(double mean) { return {.sum = 10 * mean, .count = 10}; }
}

BOOST_AUTO_TEST_SUITE(divergence)

// Guessing among 50 words has a perplexity of 50; 1000 times that is 50,000, whose logarithm is 10.820.
BOOST_AUTO_TEST_CASE(a_model_is_sound_up_to_a_thousand_times_the_perplexity_of_guessing) {
    wm::divergence_guard const guard(50);
    BOOST_TEST(guard.guessing() == 3.912023, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(guard.is_sound(0));
    BOOST_TEST(guard.is_sound(10.81));
    BOOST_TEST(!guard.is_sound(10.83));
    BOOST_TEST(!guard.is_sound(std::nan("")));
    BOOST_TEST(!guard.is_sound(HUGE_VAL));
}

// The running mean after one batch of 1000 is 2.3 + (1000 - 2.3) / 20 = 52.2, after two 99.6, after three 144.6; the
// limit is ln 10 + 100 = 102.3.
BOOST_AUTO_TEST_CASE(a_run_ends_when_its_running_mean_is_hopeless_and_not_after_a_spike) {
    wm::divergence_guard guard(10);
    guard.saw(batch_of(1000), 1, 20);
    for (std::uint64_t step = 2; step < 100; ++step) guard.saw(batch_of(2), step, 20);
    wm::divergence_guard other(10);
    other.saw(batch_of(1000), 1, 20);
    other.saw(batch_of(1000), 2, 20);
    BOOST_CHECK_EXCEPTION(other.saw(batch_of(1000), 3, 20), wm::error, [](wm::error const& e) {
        std::string const text = e.what();
        return e.kind() == wm::failure::bad_data && text.find("learning rate of 20") != std::string::npos
               && text.find("1000 per token at step 3") != std::string::npos && text.find("--lr") != std::string::npos;
    });
}

BOOST_AUTO_TEST_SUITE_END()
