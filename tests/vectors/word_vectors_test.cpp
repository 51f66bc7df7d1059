#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.vectors;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
// Norms by hand: |(3, 4)| = 5, |(0, 0)| = 0, |(5, 12)| = 13.
word_vectors three_words() {
    matrix<float> rows(3, 2);
    std::ranges::copy(std::vector{3.0F, 4.0F, 0.0F, 0.0F, 5.0F, 12.0F}, rows.view().data);
    return {std::vector<std::string>{"the", "a", "of"}, rows.view()};
}
}

BOOST_AUTO_TEST_SUITE(word_vectors_test)

BOOST_AUTO_TEST_CASE(words_have_rows_and_norms) {
    auto const vectors = three_words();
    BOOST_TEST(vectors.size() == 3);
    BOOST_TEST(vectors.dimension() == 2);
    BOOST_TEST(index(vectors.id("of")) == 2);
    BOOST_TEST(vectors.word(id_at(1)) == "a");
    BOOST_TEST(!vectors.find("and"));
    BOOST_TEST(vectors.norms()[0] == 5.0F);
    BOOST_TEST(vectors.norms()[1] == 0.0F);
    BOOST_TEST(vectors.norms()[2] == 13.0F);
    BOOST_TEST(vectors.zero_vectors() == 1);
    BOOST_TEST(vectors.counts().empty());
    BOOST_TEST(reinterpret_cast<std::uintptr_t>(vectors.rows().data) % 64 == 0);
}

BOOST_AUTO_TEST_CASE(an_unknown_word_is_named_with_its_lower_case_form_as_a_hint) {
    auto const seen = failure_of([] { (void)three_words().id("The"); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("'The'"));
    BOOST_TEST(seen.says("there is one for 'the'"));
}

BOOST_AUTO_TEST_CASE(the_lower_case_form_is_that_of_unicode) {
    matrix<float> rows(3, 1);
    std::ranges::fill(rows.view().row(0), 1.0F);
    word_vectors const vectors(std::vector<std::string>{"éire", "σίσυφος", "Éire"}, rows.view());
    BOOST_TEST(failure_of([&] { (void)vectors.id("ÉIRE"); }).says("there is one for 'éire'"));
    BOOST_TEST(failure_of([&] { (void)vectors.id("ΣΊΣΥΦΟΣ"); }).says("there is one for 'σίσυφος'"));
    BOOST_TEST((find_word(vectors, "Éire", true) == id_at(2)));
    BOOST_TEST((find_word(vectors, "ÉIRE", true) == id_at(0)));
    BOOST_TEST(!find_word(vectors, "ÉIRE", false));
    BOOST_TEST(!find_word(vectors, "ÉTÉ", true));
}

BOOST_AUTO_TEST_CASE(the_first_row_of_a_repeated_word_stays) {
    word_vectors::builder made(1);
    auto const rows = made.room(3);
    rows[0] = 1, rows[1] = 2, rows[2] = 3;
    BOOST_TEST(made.add("a", 7));
    BOOST_TEST(!made.add("a", 8));
    BOOST_TEST(made.add("b", 9));
    auto const vectors = std::move(made).finish();
    BOOST_TEST(vectors.size() == 2);
    BOOST_TEST(vectors.repeated() == 1);
    BOOST_TEST(vectors.row(vectors.id("a"))[0] == 1.0F);
    BOOST_TEST(vectors.row(vectors.id("b"))[0] == 3.0F);
    BOOST_TEST(vectors.counts()[1] == 9);
}

BOOST_AUTO_TEST_CASE(many_words_are_found_again_while_the_table_grows) {
    word_vectors::builder made(3);
    for (int i = 0; i < 5000; ++i) {
        std::ranges::fill(made.room(), static_cast<float>(i));
        made.add("word" + std::to_string(i));
    }
    auto const vectors = std::move(made).finish();
    for (int i = 0; i < 5000; ++i) BOOST_REQUIRE(vectors.row(vectors.id("word" + std::to_string(i)))[2] == i);
}

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_and_empty_words_are_refused) {
    for (float const bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        word_vectors::builder made(2);
        std::ranges::fill(made.room(), bad);
        BOOST_TEST((failure_of([&] { made.add("x", 0, {.file = "f", .line = 4}); }) == failure::bad_data));
    }
    word_vectors::builder made(2);
    std::ranges::fill(made.room(), 1.0F);
    BOOST_TEST((failure_of([&] { made.add(""); }) == failure::bad_data));
}

BOOST_AUTO_TEST_CASE(tables_above_the_bound_are_refused_before_they_are_made) {
    // 2^40 rows of 2^20 dimensions overflow 64 bits of bytes; 1000 rows of 1000 dimensions are 4 MB.
    BOOST_TEST((failure_of([] { word_vectors::builder(1 << 20).check(std::uint64_t{1} << 44); }) == failure::resource));
    auto const seen = failure_of([] { word_vectors::builder(1000, 1 << 20).reserve(1000); });
    BOOST_TEST((seen == failure::resource));
    BOOST_TEST(seen.says("the limit is 1.0 MiB"));
}

BOOST_AUTO_TEST_SUITE_END()
