#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>
import wordmill.core;
import wordmill.pipeline;

namespace {
/// Targets 0, 1, 2, 0, 1, ... of three types, each with two contexts.
wordmill::window_batch batch_of(std::size_t n) {
    wordmill::window_batch batch;
    for (std::size_t i = 0; i < n; ++i) {
        batch.targets.push_back(wordmill::id_at(i % 3));
        batch.contexts.push_back(wordmill::id_at((i + 1) % 3));
        batch.contexts.push_back(wordmill::id_at((i + 2) % 3));
        batch.context_ends.push_back(static_cast<std::uint32_t>(2 * i + 2));
    }
    return batch;
}
wordmill::noise_distribution noise(std::vector<std::uint64_t> const& counts) {
    return wordmill::noise_distribution(counts, {.power = 1});
}
}

BOOST_AUTO_TEST_SUITE(negatives)

BOOST_AUTO_TEST_CASE(sharing_decides_how_many_there_are) {
    wordmill::negative_samples::scratch space;
    using enum wordmill::negative_sharing;
    for (auto const& [sharing, rows] : {std::pair{pair, 20u}, std::pair{window, 10u}, std::pair{batch, 1u}}) {
        wordmill::negative_samples const stage(noise({5, 3, 2}), {.count = 4, .sharing = sharing});
        auto const out = stage(batch_of(10), space);
        BOOST_TEST(out.negatives.size() == 4u * rows);
        BOOST_TEST(out.negatives_of(9, 19).data() == out.negatives.data() + 4 * (rows - 1));
    }
    BOOST_TEST(wordmill::negative_samples(noise({5, 3}), {.count = 0})(batch_of(10), space).negatives.empty());
}

BOOST_AUTO_TEST_CASE(the_target_is_excluded_when_asked_and_the_others_keep_their_shares) {
    constexpr std::size_t n = 30'000;
    wordmill::negative_samples::scratch space;
    wordmill::negative_samples const stage(noise({50, 30, 20}), {.count = 5, .key = wordmill::random_key(4)});
    auto const out = stage(batch_of(n), space);
    std::size_t ones = 0;
    for (std::size_t i = 0; i < n; ++i)
        for (auto id : out.negatives_of(i, 2 * i)) {
            BOOST_REQUIRE((id != out.targets[i]));
            ones += i % 3 == 0 && wordmill::index(id) == 1 ? 1 : 0;
        }
    // Of the 50,000 samples for target 0 type 1 gets 30 / 50: deviation 110, five of them.
    BOOST_TEST(std::abs(static_cast<double>(ones) - 30'000) < 550.0);

    wordmill::negative_samples const any(noise({50, 30, 20}), {.count = 5, .exclude_target = false});
    std::size_t same = 0;
    auto const with = any(batch_of(n), space);
    for (std::size_t i = 0; i < n; ++i)
        for (auto id : with.negatives_of(i, 2 * i)) same += id == with.targets[i] ? 1 : 0;
    // A third of the targets each: 50,000 samples of every type: 0.5, 0.3, 0.2. Deviation at most 184.
    BOOST_TEST(std::abs(static_cast<double>(same) - 50'000) < 920.0);
}

BOOST_AUTO_TEST_CASE(one_type_is_refused_and_a_nearly_certain_target_does_not_loop) {
    BOOST_CHECK_THROW(wordmill::negative_samples(noise({7}), {}), wordmill::error);
    BOOST_CHECK_THROW(wordmill::negative_samples(noise({7, 0, 0}), {}), wordmill::error);
    BOOST_CHECK_NO_THROW(wordmill::negative_samples(noise({7}), {.exclude_target = false}));
    wordmill::negative_samples::scratch space;
    wordmill::negative_samples const stage(noise({std::uint64_t{1} << 62, 1, 0}), {.count = 3});
    auto const out = stage(batch_of(300), space);
    for (std::size_t i = 0; i < 300; i += 3)
        for (auto id : out.negatives_of(i, 2 * i)) BOOST_TEST(wordmill::index(id) == 1u);
}

BOOST_AUTO_TEST_CASE(the_same_batch_has_the_same_samples_again) {
    wordmill::negative_samples::scratch space;
    wordmill::negative_samples const stage(noise({5, 3, 2}), {.key = wordmill::random_key(8)});
    auto const once = stage(batch_of(50), space);
    (void)stage(batch_of(7), space);
    BOOST_TEST((stage(batch_of(50), space).negatives == once.negatives));
    auto later = batch_of(50);
    later.index = 1;
    BOOST_TEST((stage(later, space).negatives != once.negatives));
}

BOOST_AUTO_TEST_SUITE_END()
