#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <memory>
#include <pthread.h>
#include <ranges>
#include <stdexcept>
#include <vector>
import wordmill.stream;

namespace {
wordmill::generator<int> count_to(int n, int throw_at = -1) {
    for (int i = 1; i <= n; ++i) {
        if (i == throw_at) throw std::runtime_error("count_to");
        co_yield i;
    }
}

wordmill::generator<int> tree(int depth) {
    if (depth == 0) co_return;
    co_yield wordmill::elements_of(tree(depth - 1));
    co_yield depth;
    co_yield wordmill::elements_of(tree(depth - 1));
}

auto times(int factor) {
    return wordmill::adaptor{
        [factor] [[clang::coro_wrapper, clang::coro_disable_lifetimebound]] (wordmill::generator<int> source) {
            return [](wordmill::generator<int> s, int f) -> wordmill::generator<int> {
                for (int x : s) co_yield x* f;
            }(std::move(source), factor);
        }};
}

template <class T> std::vector<T> collect(wordmill::generator<T> source) {
    std::vector<T> all;
    for (auto&& x : source) all.push_back(std::move(x));
    return all;
}
}

BOOST_AUTO_TEST_SUITE(generators)

BOOST_AUTO_TEST_CASE(a_generator_is_a_move_only_input_range) {
    using G = wordmill::generator<int>;
    static_assert(!std::is_copy_constructible_v<G> && std::is_nothrow_move_constructible_v<G>);
    static_assert(std::ranges::input_range<G> && !std::ranges::forward_range<G>);
    auto a = count_to(5);
    BOOST_TEST(collect(std::move(a)) == (std::vector{1, 2, 3, 4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_at_the_increment) {
    std::vector<int> seen;
    auto run = [&] {
        for (int x : count_to(5, 3)) seen.push_back(x);
    };
    BOOST_CHECK_THROW(run(), std::runtime_error);
    BOOST_TEST(seen.size() == 2u);
}

BOOST_AUTO_TEST_CASE(an_abandoned_generator_frees_what_it_holds) {
    auto alive = std::make_shared<int>(1);
    {
        auto g = [](std::shared_ptr<int> held) -> wordmill::generator<int> {
            for (;;) co_yield *held;
        }(alive);
        auto it = g.begin();
        BOOST_TEST(*it == 1);
        BOOST_TEST(alive.use_count() == 2);
    }
    BOOST_TEST(alive.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_recursive_generator_visits_the_whole_tree) {
    int nodes = 0, sum = 0;
    for (int x : tree(12)) {
        ++nodes;
        sum += x;
    }
    BOOST_TEST(nodes == 4095); // 2^12 - 1
    BOOST_TEST(sum == 8178);   // sum over d of d * 2^(12-d) = 2^13 - 12 - 2
}

BOOST_AUTO_TEST_CASE(adaptors_compose_lazily) {
    BOOST_TEST(collect(count_to(3) | times(2) | times(5)) == (std::vector{10, 20, 30}),
               boost::test_tools::per_element());
    auto tenfold = times(2) | times(5);
    BOOST_TEST(collect(count_to(2) | tenfold) == (std::vector{10, 20}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_chain_of_a_thousand_stages_costs_heap_only) {
    auto g = count_to(3);
    for (int i = 0; i < 1000; ++i) g = std::move(g) | times(1);
    BOOST_TEST(collect(std::move(g)) == (std::vector{1, 2, 3}), boost::test_tools::per_element());
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
BOOST_AUTO_TEST_CASE(a_chain_of_a_thousand_stages_runs_on_a_small_stack) {
    struct result {
        std::vector<int> seen;
        static void* run(void* self) {
            auto g = count_to(3);
            for (int i = 0; i < 1000; ++i) g = std::move(g) | times(1);
            static_cast<result*>(self)->seen = collect(std::move(g));
            return nullptr;
        }
    } r;
    pthread_attr_t attributes;
    BOOST_REQUIRE(pthread_attr_init(&attributes) == 0);
    BOOST_REQUIRE(pthread_attr_setstacksize(&attributes, 512 << 10) == 0);
    pthread_t thread;
    BOOST_REQUIRE(pthread_create(&thread, &attributes, &result::run, &r) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
    BOOST_TEST(r.seen == (std::vector{1, 2, 3}), boost::test_tools::per_element());
}
#endif

BOOST_AUTO_TEST_SUITE_END()
