#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <range/v3/range/conversion.hpp>
#include <range/v3/view/chunk.hpp>
#include <range/v3/view/enumerate.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/sliding.hpp>
#include <range/v3/view/take.hpp>
#include <range/v3/view/transform.hpp>
#include <string>
#include <vector>
#include <wordmill/range_v3.hpp>
import wordmill.stream;

namespace {
wordmill::generator<int> numbers(int n) {
    for (int i = 1; i <= n; ++i) co_yield i;
}
wordmill::generator<std::string> words() {
    for (auto w : {"you", "say", "goodbye", "and", "i", "say", "hello"}) co_yield w;
}
namespace views = ranges::views;
}

BOOST_AUTO_TEST_SUITE(range_v3_over_generators)

BOOST_AUTO_TEST_CASE(an_lvalue_generator_goes_into_views_as_it_is) {
    auto source = numbers(10);
    auto const all = source | views::transform([](int x) { return x * x; })
                     | views::filter([](int x) { return x % 2 == 1; }) | views::take(3)
                     | ranges::to<std::vector<int>>();
    BOOST_TEST(all == (std::vector{1, 9, 25}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_pipeline_is_given_away_with_as_view) {
    auto const all = wordmill::as_view(numbers(10) | wordmill::parallel([](int x) { return x * x; }, {.threads = 2}))
                     | views::filter([](int x) { return x % 2 == 0; }) | ranges::to<std::vector<int>>();
    BOOST_TEST(all == (std::vector{4, 16, 36, 64, 100}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(chunks_of_a_stream) {
    std::vector<std::vector<int>> all;
    auto source = numbers(7);
    for (auto&& chunk : source | views::chunk(3)) all.push_back(chunk | ranges::to<std::vector<int>>());
    BOOST_TEST((all == std::vector<std::vector<int>>{{1, 2, 3}, {4, 5, 6}, {7}}));
}

BOOST_AUTO_TEST_CASE(enumerated_words) {
    std::string seen;
    for (auto&& [i, word] : wordmill::as_view(words()) | views::enumerate) seen += std::to_string(i) + word + " ";
    BOOST_TEST(seen == "0you 1say 2goodbye 3and 4i 5say 6hello ");
}

BOOST_AUTO_TEST_CASE(windows_slide_over_what_is_kept) {
    auto source = words();
    auto const kept = source | ranges::to<std::vector<std::string>>(); // a sliding window needs more than one pass
    std::vector<std::string> pairs;
    for (auto&& window : kept | views::sliding(2)) pairs.push_back(window[0] + "-" + window[1]);
    BOOST_TEST(
        pairs == (std::vector<std::string>{"you-say", "say-goodbye", "goodbye-and", "and-i", "i-say", "say-hello"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
