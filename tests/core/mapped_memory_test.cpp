#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
import wordmill.core;
#include "../io/failure_of.hpp"

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(mapped_memories)

BOOST_AUTO_TEST_CASE(memory_is_zero_and_moves_with_what_is_in_it) {
    constexpr std::size_t count = 1 << 20;
    mapped_memory memory(count * sizeof(float), "test");
    BOOST_TEST(memory.bytes() == count * sizeof(float));
    BOOST_TEST(std::all_of(memory.as<float>(), memory.as<float>() + count, [](float x) { return x == 0; }));
    memory.as<float>()[count - 1] = 2.5F;
    auto moved = std::move(memory);
    BOOST_TEST(moved.as<float>()[count - 1] == 2.5F);
    mapped_memory other;
    BOOST_TEST(other.bytes() == 0u);
    other = std::move(moved);
    BOOST_TEST(other.as<float>()[count - 1] == 2.5F);
}

BOOST_AUTO_TEST_CASE(what_the_system_cannot_give_is_refused_with_its_size) {
    auto const seen = failure_of([] { mapped_memory const all(std::size_t{1} << 60, "vectors"); });
    BOOST_TEST((seen == failure::resource));
    BOOST_TEST(seen.says("vectors: cannot allocate"), seen.text);
}

BOOST_AUTO_TEST_SUITE_END()
