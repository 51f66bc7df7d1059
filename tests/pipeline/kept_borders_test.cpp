#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
#include "tokens.hpp"

namespace {
std::vector<wordmill::bordered_block> all_of(wordmill::generator<wordmill::bordered_block> blocks) {
    std::vector<wordmill::bordered_block> out;
    for (auto&& b : blocks) out.push_back(std::move(b));
    return out;
}
}

BOOST_AUTO_TEST_SUITE(borders_before_subsampling)

// Whatever is kept, the borders are those of the stream that was subsampled first.
BOOST_AUTO_TEST_CASE(borders_are_those_of_the_subsampled_stream) {
    using namespace wordmill;
    auto const words = parse_vocabulary("a\t900\nb\t80\nc\t15\nd\t5\n");
    auto random = random_key(9).engine();
    std::uint64_t dropped = 0, continued = 0;
    for (int round = 0; round < 300; ++round) {
        std::vector<token_id> tokens;
        std::vector<std::size_t> ends;
        auto const rarely = 2 + random.below(60);
        for (auto n = random.below(120); n > 0; --n) {
            tokens.push_back(id_at(std::min({random.below(4), random.below(4), random.below(4)})));
            while (random.below(rarely) == 0) ends.push_back(tokens.size());
        }
        auto const blocks = cut(tokens, ends, 1 + random.below(20));
        subsample const keeps(words,
                              {.threshold = random.below(4) == 0 ? 0 : 1e-3, .key = random_key(random.below(1000))});
        window_options const windows{.left = 1 + static_cast<std::uint32_t>(random.below(6)),
                                     .right = static_cast<std::uint32_t>(random.below(6)),
                                     .cross_sentences = random.below(4) == 0};
        auto const expected = all_of(with_borders(stream_of(blocks) | sequential(keeps), windows));
        auto const found = all_of(with_kept_borders(stream_of(blocks), keeps, windows));
        BOOST_REQUIRE(found.size() == expected.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            BOOST_TEST((found[i].before == expected[i].before));
            BOOST_TEST((found[i].after == expected[i].after));
            BOOST_TEST((found[i].state == expected[i].state));
            BOOST_TEST(found[i].first_token == expected[i].first_token);
            BOOST_TEST((found[i].block.ids == blocks[i].ids));
            BOOST_TEST((found[i].index == expected[i].index));
            dropped += expected[i].block.dropped;
            continued += found[i].after.empty() ? 0 : 1;
        }
    }
    BOOST_TEST(dropped > 1000U); // the cases that matter were among them
    BOOST_TEST(continued > 100U);
}

BOOST_AUTO_TEST_SUITE_END()
