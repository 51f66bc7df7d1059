#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.word2vec;

namespace {
std::string path_of(wordmill::huffman_tree const& tree, std::size_t id) {
    std::string text;
    for (auto const step : tree.path(wordmill::id_at(id))) text += static_cast<char>('0' + step.child());
    return text;
}
}

BOOST_AUTO_TEST_SUITE(huffman)

// The example of Cormen et al., "Introduction to Algorithms", section 16.3: f:5 e:9 c:12 b:13 d:16 a:45 have codes of
// 4, 4, 3, 3, 3 and 1 bits.
BOOST_AUTO_TEST_CASE(paths_are_as_long_as_those_of_the_text_book) {
    std::vector<std::uint64_t> const counts{45, 16, 13, 12, 9, 5};
    wordmill::huffman_tree const tree(counts);
    std::vector<std::size_t> const expected{1, 3, 3, 3, 4, 4};
    for (std::size_t id = 0; id < counts.size(); ++id) BOOST_TEST(path_of(tree, id).size() == expected[id]);
    BOOST_TEST(tree.size() == 6u);
    BOOST_TEST(tree.longest_path() == 4u);
}

BOOST_AUTO_TEST_CASE(no_path_begins_with_another_and_all_begin_at_the_root) {
    std::vector<std::uint64_t> counts;
    for (std::uint64_t i = 0; i < 300; ++i) counts.push_back(i % 5 == 0 ? 0 : 1'000'000 / (i + 1));
    wordmill::huffman_tree const tree(counts);
    double kraft = 0; // the sum of 2^-length of a full tree is 1
    std::set<std::string> prefixes;
    std::set<std::uint32_t> nodes;
    for (std::size_t id = 0; id < counts.size(); ++id) {
        auto const path = path_of(tree, id);
        kraft += std::ldexp(1.0, -static_cast<int>(path.size()));
        for (std::size_t n = 1; n < path.size(); ++n) prefixes.insert(path.substr(0, n));
        for (auto const step : tree.path(wordmill::id_at(id))) nodes.insert(step.node());
        BOOST_TEST(tree.path(wordmill::id_at(id))[0].node() == counts.size() - 2); // made last
    }
    for (std::size_t id = 0; id < counts.size(); ++id) BOOST_TEST(!prefixes.contains(path_of(tree, id)));
    BOOST_TEST(std::abs(kraft - 1) < 1e-12);
    BOOST_TEST(nodes.size() == counts.size() - 1);
}

BOOST_AUTO_TEST_CASE(counts_beyond_64_bits_together_and_few_types_are_met) {
    std::vector<std::uint64_t> const large(5, ~std::uint64_t{0});
    BOOST_TEST(wordmill::huffman_tree(large).longest_path() == 3u);
    BOOST_TEST(wordmill::huffman_tree(std::vector<std::uint64_t>{3, 0}).longest_path() == 1u);
    auto const one = [] { (void)wordmill::huffman_tree(std::vector<std::uint64_t>{3}); };
    BOOST_CHECK_EXCEPTION(one(), wordmill::error,
                          [](wordmill::error const& e) { return e.kind() == wordmill::failure::bad_data; });
}

BOOST_AUTO_TEST_SUITE_END()
