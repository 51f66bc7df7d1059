#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include <xxhash.h>
import wordmill.core;
import wordmill.vectors;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
/// Words around random centres, as word vectors are not spread evenly; every 101st is zero.
word_vectors clusters(std::size_t words, std::size_t dimension) {
    auto rng = random_key(3).engine();
    auto const fill = [&](auto&& row, auto const* around) {
        for (std::size_t d = 0; d < dimension; ++d)
            row[d] = rng.uniform() - 0.5F + (around ? 1.5F * (*around)[d] : 0.0F);
    };
    std::vector<std::vector<float>> centres(words / 20 + 1, std::vector<float>(dimension));
    for (auto& centre : centres) fill(centre, static_cast<std::vector<float> const*>(nullptr));
    word_vectors::builder made(dimension);
    for (std::size_t i = 0; i < words; ++i) {
        auto const row = made.room();
        fill(row, &centres[rng.below(centres.size())]);
        if (i % 101 == 7) std::ranges::fill(row, 0.0F);
        made.add("w" + std::to_string(i));
    }
    return std::move(made).finish();
}
}

BOOST_AUTO_TEST_SUITE(neighbour_index_test)

#ifndef WORDMILL_HAVE_HNSWLIB
BOOST_AUTO_TEST_CASE(a_build_without_hnswlib_names_the_package) {
    BOOST_TEST(!neighbour_index_available());
    auto const failed = failure_of([] { (void)neighbour_index(clusters(10, 4)); });
    BOOST_TEST((failed == failure::unavailable));
    BOOST_TEST(failed.says("libhnswlib-dev"));
    BOOST_TEST((failure_of([] { (void)neighbour_index::load("x", clusters(10, 4)); }) == failure::unavailable));
}
#else
namespace {
/// The share of the true ten nearest that an index finds, over 200 words.
double recall(neighbour_index const& index, approximate_options const& options) {
    auto const& vectors = index.vectors();
    std::size_t found = 0, wanted = 0;
    for (std::size_t i = 0; i < 200; ++i) {
        auto const word = "w" + std::to_string(i * vectors.size() / 200);
        auto const truth = nearest(vectors, word, {.top = options.top});
        auto const near = index.nearest(word, options);
        wanted += truth.size();
        for (auto const& t : truth)
            found +=
                std::ranges::count_if(near, [&](neighbour const& n) { return n.id == t.id && n.score == t.score; });
    }
    return static_cast<double>(found) / static_cast<double>(wanted);
}

bool same(std::vector<neighbour> const& a, std::vector<neighbour> const& b) {
    return std::ranges::equal(
        a, b, [](auto const& x, auto const& y) { return x.id == y.id && x.word == y.word && x.score == y.score; });
}
}

BOOST_AUTO_TEST_CASE(nearly_all_of_the_nearest_are_found_with_the_scores_of_the_exact_search) {
    neighbour_index const index(clusters(5000, 24));
    BOOST_TEST(recall(index, {.ef = 100}) >= 0.95);
    BOOST_TEST(recall(index, {.ef = 400}) >= recall(index, {.ef = 10}));
    neighbour_index const parallel(index.vectors(), {.threads = 3});
    BOOST_TEST(recall(parallel, {.ef = 100}) >= 0.95);
}

BOOST_AUTO_TEST_CASE(a_search_that_keeps_every_word_is_the_exact_one) {
    auto const vectors = clusters(300, 8);
    neighbour_index const index(vectors, {.links = 8});
    for (std::size_t i = 0; i < 300; i += 13) {
        auto const word = "w" + std::to_string(i);
        BOOST_TEST_CONTEXT(word)
        BOOST_TEST(same(index.nearest(word, {.ef = 300}), nearest(vectors, word)));
        auto const row = vectors.row(id_at(i));
        BOOST_TEST(same(index.nearest(row, {.top = 3, .ef = 300}), nearest(vectors, row, {.top = 3})));
    }
    BOOST_TEST(index.nearest("w7").empty()); // its vector is zero
    BOOST_TEST((failure_of([&] { (void)index.nearest("no-such-word"); }) == failure::bad_data));
}

BOOST_AUTO_TEST_CASE(few_words_and_none_are_an_index_too) {
    std::vector<std::string> const words{"a", "b"};
    std::vector<float> const values{1, 0, 1, 1};
    neighbour_index const two(word_vectors(words, {values.data(), 2, 2, 2}));
    BOOST_REQUIRE(two.nearest("a").size() == 1U);
    BOOST_TEST(two.nearest("a")[0].word == "b");
    BOOST_TEST(two.nearest("a")[0].score == 0.70710678118654752, boost::test_tools::tolerance(1e-7)); // cos 45 degrees
    std::vector<float> const zeros{0, 0, 0, 0};
    neighbour_index const none(word_vectors(words, {zeros.data(), 2, 2, 2}));
    BOOST_TEST(none.nearest("a").empty());
    scratch_folder const folder;
    none.save(folder / "none");
    BOOST_TEST(neighbour_index::load(folder / "none", none.vectors()).nearest("a").empty());
}

BOOST_AUTO_TEST_CASE(one_thread_makes_the_same_index_again_and_a_loaded_one_answers_as_the_saved_one) {
    auto const vectors = clusters(1200, 12);
    neighbour_index const index(vectors);
    scratch_folder const folder;
    index.save(folder / "first");
    neighbour_index(vectors).save(folder / "second");
    BOOST_TEST((file_bytes(folder / "first") == file_bytes(folder / "second")));
    auto const loaded = neighbour_index::load(folder / "first", vectors);
    for (std::size_t i = 0; i < 1200; i += 17) {
        auto const word = "w" + std::to_string(i);
        BOOST_TEST(same(loaded.nearest(word), index.nearest(word)));
    }
    loaded.save(folder / "third");
    BOOST_TEST((file_bytes(folder / "first") == file_bytes(folder / "third")));
    BOOST_TEST((failure_of([&] { index.save(folder / "first"); }) == failure::cannot_create));
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
    auto const made = [](neighbour_index_options const& options) {
        return failure_of([&] { (void)neighbour_index(clusters(10, 2), options); });
    };
    BOOST_TEST((made({.links = 1}) == failure::usage));
    BOOST_TEST((made({.links = 257}) == failure::usage));
    BOOST_TEST((made({.links = 16, .ef_construction = 15}) == failure::usage));
}

BOOST_AUTO_TEST_CASE(an_index_of_other_vectors_is_refused) {
    auto const vectors = clusters(50, 4);
    scratch_folder const folder;
    neighbour_index(vectors).save(folder / "index");
    auto rows = std::vector<float>(vectors.rows().data, vectors.rows().data + 50 * 4);
    std::vector<std::string> words;
    for (std::size_t i = 0; i < 50; ++i) words.emplace_back(vectors.word(id_at(i)));
    (void)neighbour_index::load(folder / "index", word_vectors(words, {rows.data(), 50, 4, 4}));
    rows[17] += 0.5F;
    auto const other = failure_of(
        [&] { (void)neighbour_index::load(folder / "index", word_vectors(words, {rows.data(), 50, 4, 4})); });
    BOOST_TEST((other == failure::bad_data));
    BOOST_TEST(other.says("other vectors"));
}

BOOST_AUTO_TEST_CASE(every_damaged_byte_and_every_cut_is_refused) {
    auto const vectors = clusters(40, 3);
    scratch_folder const folder;
    neighbour_index(vectors, {.links = 2, .ef_construction = 10}).save(folder / "index");
    auto const bytes = file_bytes(folder / "index");
    auto const name = folder / "damaged";
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << at % 8));
        put_file(name, damaged);
        BOOST_TEST_CONTEXT("byte " << at)
        BOOST_TEST((failure_of([&] { (void)neighbour_index::load(name, vectors); }) == failure::bad_data));
        put_file(name, bytes.substr(0, at));
        BOOST_TEST_CONTEXT("cut at " << at)
        BOOST_TEST((failure_of([&] { (void)neighbour_index::load(name, vectors); }) == failure::bad_data));
    }
    put_file(name, bytes + "x");
    BOOST_TEST(failure_of([&] { (void)neighbour_index::load(name, vectors); }).says("found more"));
    BOOST_TEST((failure_of([&] { (void)neighbour_index::load(folder / "missing", vectors); }) == failure::no_input));
}

BOOST_AUTO_TEST_CASE(wrong_links_with_a_right_checksum_are_refused) {
    // 56 bytes of header (magic 8, version, links, ef_construction, entry; vectors, nodes, lists, neighbours: 8 each),
    // then nodes x 4 bytes of rows, nodes of levels, lists x 2 of sizes, neighbours x 4, the checksum.
    auto const vectors = clusters(40, 3); // one is zero
    scratch_folder const folder;
    neighbour_index(vectors, {.links = 2, .ef_construction = 10}).save(folder / "index");
    auto const bytes = file_bytes(folder / "index");
    std::uint64_t lists = 0, links = 0;
    std::memcpy(&lists, bytes.data() + 40, 8);
    std::memcpy(&links, bytes.data() + 48, 8);
    std::size_t const rows = 56, levels = rows + 39 * 4, sizes = levels + 39, first = sizes + lists * 2;
    BOOST_REQUIRE(bytes.size() == first + links * 4 + 8);
    auto const with = [&](std::size_t at, std::uint64_t value, std::size_t width) {
        auto changed = bytes;
        std::memcpy(changed.data() + at, &value, width);
        auto const sum = XXH3_64bits(changed.data(), changed.size() - 8);
        std::memcpy(changed.data() + changed.size() - 8, &sum, 8);
        put_file(folder / "changed", changed);
        return failure_of([&] { (void)neighbour_index::load(folder / "changed", vectors); });
    };
    (void)neighbour_index::load(folder / "index", vectors);
    BOOST_TEST(with(12, 257, 4).says("claims"));
    BOOST_TEST(with(20, 39, 4).says("entry"));
    BOOST_TEST(with(32, std::uint64_t{1} << 62, 8).says("claims"));
    BOOST_TEST(with(40, std::uint64_t{1} << 62, 8).says("claims"));
    BOOST_TEST(with(48, std::uint64_t{1} << 62, 8).says("claims"));
    BOOST_TEST(with(rows, 40, 4).says("stands for no word"));
    BOOST_TEST(with(rows, 7, 4).says("stands for no word"));
    BOOST_TEST(with(rows + 4, 0, 4).says("stands for no word"));
    BOOST_TEST(with(levels, 32, 1).says("too many layers"));
    BOOST_TEST(with(sizes, 5, 2).says("too long"));
    BOOST_TEST(with(first, 39, 4).says("leads nowhere"));
    BOOST_TEST(with(first, 0, 4).says("leads nowhere")); // to itself
}
#endif

BOOST_AUTO_TEST_SUITE_END()
