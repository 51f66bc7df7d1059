#include <algorithm>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>
import wordmill.core;
import wordmill.stream;

namespace {
struct number_block : wordmill::block_header {
    std::vector<std::uint64_t> numbers{};
};

wordmill::generator<number_block> blocks(std::size_t n, std::size_t throw_at = ~std::size_t{0}) {
    for (std::size_t i = 0; i < n; ++i) {
        if (i == throw_at) throw std::runtime_error("source " + std::to_string(i));
        number_block block;
        block.start.block = i;
        block.next.block = i + 1;
        block.skip = i % 3;
        block.index = i;
        block.first_sentence = 3 * i;
        block.continued = i % 2 == 1;
        for (std::size_t k = 0; k < i % 7; ++k) block.numbers.push_back(i * 10 + k);
        co_yield std::move(block);
    }
}

/// Mixes the numbers for a time that differs from block to block.
struct mix {
    std::size_t throw_at = ~std::size_t{0};
    number_block operator()(number_block block) const {
        auto const i = block.start.block;
        if (i == throw_at) throw std::runtime_error("stage " + std::to_string(i));
        for (std::uint64_t round = 0; round < i % 5 * 200; ++round)
            for (auto& x : block.numbers) x = x * 6364136223846793005u + 1442695040888963407u;
        return {{}, std::move(block.numbers)};
    }
};

using seen = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::vector<std::uint64_t>>;
std::vector<seen> collect(wordmill::generator<number_block> source) {
    std::vector<seen> all;
    for (auto&& b : source) all.emplace_back(b.start.block, b.next.block, b.skip, b.numbers);
    return all;
}

constexpr unsigned thread_counts[] = {1, 2, 7, 16};
constexpr std::size_t in_flight_counts[] = {0, 1, 2, 8};
}

BOOST_AUTO_TEST_SUITE(ordered_parallel_map)

BOOST_AUTO_TEST_CASE(it_equals_the_sequential_run_block_for_block) {
    auto const expected = collect(blocks(300) | wordmill::sequential(mix{}));
    BOOST_REQUIRE(expected.size() == 300u);
    for (auto threads : thread_counts)
        for (auto in_flight : in_flight_counts) {
            BOOST_TEST_CONTEXT("threads " << threads << ", in flight " << in_flight)
            BOOST_TEST(
                (collect(blocks(300) | wordmill::parallel(mix{}, {.threads = threads, .max_in_flight = in_flight}))
                 == expected));
        }
    BOOST_TEST((collect(wordmill::parallel(blocks(300), mix{}, {.threads = 2})) == expected));
    BOOST_TEST((collect(wordmill::sequential(blocks(300), mix{})) == expected));
}

BOOST_AUTO_TEST_CASE(headers_pass_through_a_stage_that_knows_nothing_of_them) {
    std::uint64_t at = 0;
    for (auto&& b : blocks(20) | wordmill::parallel(mix{}, {.threads = 3})) {
        BOOST_TEST(b.start.block == at);
        BOOST_TEST(b.skip == at % 3);
        BOOST_TEST(b.index == at);
        BOOST_TEST(b.first_sentence == 3 * at);
        BOOST_TEST(b.continued == (at % 2 == 1));
        BOOST_TEST(b.next.block == ++at);
    }
}

BOOST_AUTO_TEST_CASE(chained_stages_are_the_one_after_the_other_each_with_its_scratch) {
    struct twice {
        struct scratch {
            std::vector<std::uint64_t> numbers{};
        };
        number_block operator()(number_block block, scratch& space) const {
            space.numbers = block.numbers;
            for (auto n : space.numbers) block.numbers.push_back(n);
            block.next.block = 99; // the header comes from the source all the same
            return block;
        }
    };
    struct add_one {
        number_block operator()(number_block block) const {
            for (auto& n : block.numbers) ++n;
            return block;
        }
    };
    for (unsigned threads : {1u, 2u, 7u}) {
        std::uint64_t at = 0;
        for (auto&& block :
             blocks(100) | wordmill::parallel(wordmill::chain(twice{}, add_one{}), {.threads = threads})) {
            BOOST_TEST(block.next.block == at + 1);
            std::vector<std::uint64_t> expected;
            for (int copy = 0; copy < 2; ++copy)
                for (std::uint64_t k = 0; k < at % 7; ++k) expected.push_back(at * 10 + k + 1);
            BOOST_TEST(block.numbers == expected, boost::test_tools::per_element());
            ++at;
        }
        BOOST_TEST(at == 100u);
    }
}

BOOST_AUTO_TEST_CASE(an_empty_source_gives_nothing) {
    BOOST_TEST(collect(blocks(0) | wordmill::parallel(mix{}, {.threads = 4})).empty());
}

BOOST_AUTO_TEST_CASE(errors_come_after_the_blocks_before_them) {
    struct row {
        std::size_t source, first, second;
        char const* expected;
    };
    std::size_t const never = ~std::size_t{0};
    for (auto [source, first, second, expected] :
         {row{never, 25, never, "stage 25"}, row{25, never, never, "source 25"}, row{0, never, never, "source 0"},
          row{never, 0, never, "stage 0"}, row{30, 31, 29, "stage 29"}, row{30, 29, 28, "stage 28"},
          row{20, 21, 22, "source 20"}, row{20, 19, never, "stage 19"}, row{49, 49, 49, "source 49"}})
        for (auto threads : thread_counts)
            for (auto in_flight : in_flight_counts) {
                auto g = blocks(50, source)
                         | wordmill::parallel(mix{first}, {.threads = threads, .max_in_flight = in_flight})
                         | wordmill::parallel(mix{second}, {.threads = threads, .max_in_flight = in_flight});
                std::size_t delivered = 0;
                std::string message;
                try {
                    for (auto&& b : g) delivered += b.start.block == delivered;
                } catch (std::runtime_error const& e) {
                    message = e.what();
                }
                BOOST_TEST(message == expected);
                BOOST_TEST(delivered == std::min({source, first, second}));
            }
}

BOOST_AUTO_TEST_CASE(an_abandoned_pipeline_joins_its_work) {
    for (auto threads : thread_counts) {
        auto const alive = std::make_shared<std::atomic<int>>(0);
        struct busy {
            std::shared_ptr<std::atomic<int>> running;
            number_block operator()(number_block b) const {
                ++*running;
                std::this_thread::sleep_for(std::chrono::microseconds(200));
                --*running;
                return b;
            }
        };
        for (std::size_t take : {0, 1, 5}) {
            {
                auto g = blocks(1000) | wordmill::parallel(busy{alive}, {.threads = threads});
                std::size_t taken = 0;
                if (take > 0)
                    for (auto it = g.begin(); it != g.end() && ++taken < take;) ++it;
            }
            BOOST_TEST(*alive == 0);
        }
        BOOST_TEST(alive.use_count() == 1);
    }
}

BOOST_AUTO_TEST_CASE(an_exception_in_the_consumer_joins_its_work) {
    auto const alive = std::make_shared<int>(0);
    auto run = [&] {
        struct keep {
            std::shared_ptr<int> held;
            number_block operator()(number_block b) const { return b; }
        };
        for (auto&& b : blocks(1000) | wordmill::parallel(keep{alive}, {.threads = 4}))
            if (b.start.block == 7) throw std::runtime_error("consumer");
    };
    BOOST_CHECK_THROW(run(), std::runtime_error);
    BOOST_TEST(alive.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(blocks_and_stages_may_be_move_only) {
    struct boxed {
        std::unique_ptr<int> value;
    };
    struct scale {
        std::unique_ptr<int> factor;
        boxed operator()(boxed&& b) const { return {std::make_unique<int>(*b.value * *factor)}; }
    };
    auto source = [](int n) -> wordmill::generator<boxed> {
        for (int i = 0; i < n; ++i) co_yield boxed{std::make_unique<int>(i)};
    };
    for (auto threads : thread_counts) {
        int at = 0;
        for (auto&& b : source(100) | wordmill::parallel(scale{std::make_unique<int>(3)}, {.threads = threads})
                            | wordmill::sequential(scale{std::make_unique<int>(5)}))
            BOOST_TEST(*b.value == 15 * at++);
        BOOST_TEST(at == 100);
    }
}

BOOST_AUTO_TEST_CASE(each_thread_has_a_scratch_of_its_own) {
    struct reverse {
        struct scratch {
            std::vector<std::uint64_t> buffer;
            std::atomic<int> users{0};
        };
        number_block operator()(number_block&& b, scratch& s) const {
            if (++s.users != 1) throw std::runtime_error("shared scratch");
            s.buffer.assign(b.numbers.rbegin(), b.numbers.rend());
            b.numbers.assign(s.buffer.begin(), s.buffer.end());
            --s.users;
            return std::move(b);
        }
    };
    auto const expected = collect(blocks(300) | wordmill::sequential(reverse{}));
    for (auto threads : thread_counts)
        BOOST_TEST((collect(blocks(300) | wordmill::parallel(reverse{}, {.threads = threads})) == expected));
}

BOOST_AUTO_TEST_CASE(blocks_in_flight_stay_bounded_for_a_slow_consumer_and_a_slow_stage) {
    struct counted {
        std::shared_ptr<std::atomic<int>> live;
        explicit counted(std::shared_ptr<std::atomic<int>> l) : live(std::move(l)) { ++*live; }
        counted(counted&&) = default;
        counted& operator=(counted&&) = default;
        ~counted() {
            if (live) --*live;
        }
    };
    auto source = [](std::shared_ptr<std::atomic<int>> live, int n) -> wordmill::generator<counted> {
        for (int i = 0; i < n; ++i) co_yield counted(live);
    };
    for (bool slow_stage : {false, true})
        for (auto threads : thread_counts) {
            auto const live = std::make_shared<std::atomic<int>>(0);
            int most = 0;
            auto stage = [slow_stage](counted c) {
                if (slow_stage) std::this_thread::sleep_for(std::chrono::microseconds(300));
                return c;
            };
            for ([[maybe_unused]] auto&& c :
                 source(live, 100) | wordmill::parallel(stage, {.threads = threads, .max_in_flight = 5})) {
                if (!slow_stage) std::this_thread::sleep_for(std::chrono::microseconds(100));
                most = std::max(most, live->load());
            }
            BOOST_TEST(most <= 6); // five inside and the one that the source has just handed over
            BOOST_TEST(*live == 0);
        }
}

BOOST_AUTO_TEST_CASE(a_slow_source_does_not_hold_back_finished_blocks) {
    auto const produced = std::make_shared<int>(0);
    auto source = [](std::shared_ptr<int> n) -> wordmill::generator<int> {
        for (int i = 0; i < 100; ++i) {
            ++*n;
            co_yield i;
        }
    }(produced);
    auto g = std::move(source) | wordmill::parallel([](int x) { return x; }, {.threads = 1});
    auto it = g.begin();
    BOOST_TEST(*it == 0);
    BOOST_TEST(*produced == 1);
}

BOOST_AUTO_TEST_CASE(pipelines_nest_in_stages) {
    struct inner {
        unsigned threads;
        std::uint64_t operator()(std::uint64_t n) const {
            auto count = [](std::uint64_t last) -> wordmill::generator<std::uint64_t> {
                for (std::uint64_t i = 1; i <= last; ++i) co_yield i;
            };
            std::uint64_t sum = 0;
            for (auto x : count(n) | wordmill::parallel([](std::uint64_t v) { return v * v; }, {.threads = threads}))
                sum += x;
            return sum;
        }
    };
    auto numbers = []() -> wordmill::generator<std::uint64_t> {
        for (std::uint64_t i = 0; i < 60; ++i) co_yield i;
    };
    for (auto outer_threads : thread_counts)
        for (auto inner_threads : thread_counts) {
            std::uint64_t n = 0;
            for (auto sum : numbers() | wordmill::parallel(inner{inner_threads}, {.threads = outer_threads})) {
                BOOST_TEST(sum == n * (n + 1) * (2 * n + 1) / 6); // sum of the first n squares
                ++n;
            }
            BOOST_TEST(n == 60u);
        }
}

BOOST_AUTO_TEST_CASE(a_pipeline_moves_between_threads) {
    auto g = blocks(100) | wordmill::parallel(mix{}, {.threads = 3});
    auto it = g.begin();
    for (int i = 0; i < 50; ++i) ++it;
    std::vector<std::uint64_t> rest;
    std::thread([&] {
        for (; it != g.end(); ++it) rest.push_back((*it).index);
    }).join();
    BOOST_TEST_REQUIRE(rest.size() == 50u);
    BOOST_TEST(rest.front() == 50u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reduction_of_blocks)

BOOST_AUTO_TEST_CASE(each_block_meets_one_state) {
    struct sums {
        std::uint64_t blocks = 0, total = 0;
        std::unique_ptr<int> only_movable{};
    };
    for (auto threads : thread_counts)
        for (auto in_flight : {0, 1, 2, 8}) {
            auto states = wordmill::reduce_blocks(
                blocks(500), [] { return sums{}; },
                [](sums& s, number_block&& b) {
                    ++s.blocks;
                    s.total += b.index;
                },
                {.threads = threads, .max_in_flight = static_cast<std::size_t>(in_flight)});
            std::uint64_t seen_blocks = 0, total = 0;
            for (auto const& s : states) {
                seen_blocks += s.blocks;
                total += s.total;
            }
            BOOST_TEST(seen_blocks == 500u);
            BOOST_TEST(total == 124750u); // 499 * 500 / 2
            BOOST_TEST(states.size() >= 1u);
            BOOST_TEST(states.size() <= threads);
        }
}

BOOST_AUTO_TEST_CASE(the_first_error_of_the_stream_is_thrown) {
    for (auto threads : thread_counts) {
        auto run = [&](std::size_t source, std::size_t bad) -> std::string {
            try {
                (void)wordmill::reduce_blocks(
                    blocks(100, source), [] { return 0; },
                    [bad](int&, number_block const& b) {
                        if (b.index >= bad) throw std::runtime_error("sink " + std::to_string(b.index));
                    },
                    {.threads = threads});
            } catch (std::runtime_error const& e) {
                return e.what();
            }
            return "none";
        };
        BOOST_TEST(run(200, 40) == "sink 40");
        BOOST_TEST(run(40, 41) == "source 40");
        BOOST_TEST(run(0, 0) == "source 0");
        BOOST_TEST(run(41, 40) == "sink 40");
        BOOST_TEST(run(200, 200) == "none");
    }
}

BOOST_AUTO_TEST_SUITE_END()
