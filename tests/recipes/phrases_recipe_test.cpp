#include "../io/scratch_folder.hpp"
#include <boost/test/unit_test.hpp>
#include <coroutine>
#include <fstream>
#include <string>
#include <vector>
import wordmill;
#include "../io/failure_of.hpp"

using namespace wordmill;

namespace {
/// "new york city" three times, "new york" once more, and "new" and "city" once each on their own: 16 words, with one
/// after each city.
struct phrase_text {
    scratch_folder folder;
    std::string path = folder / "cities.txt";
    phrase_text() { std::ofstream(path) << "new york city a\nnew york city b\nnew york city c\nnew york\nnew\ncity\n"; }
};

std::vector<std::string> names(phrase_table const& table) {
    std::vector<std::string> found;
    for (auto const& p : table.phrases()) found.push_back(p.first + " " + p.second);
    return found;
}
any_corpus words_of(std::string const& path) {
    return read(path, {}, [](tally const& counts) { return whitespace_tokenizer({.counts = counts}); });
}
}

BOOST_AUTO_TEST_SUITE(phrases_recipe)

// N = 16. Pass 1: count(new york) = 4, count(new) = 5, count(york) = 4: (4 - 1) 16 / (5 * 4) = 2.4, and for "york city"
// (3 - 1) 16 / (4 * 4) = 2. Pass 2 has N = 12, "new_york" 4 times and "city" 4 times, together 3 times:
// (3 - 1) 12 / (4 * 4) = 1.5.
BOOST_AUTO_TEST_CASE(each_pass_joins_the_phrases_of_the_passes_before) {
    phrase_text const text;
    phrase_recipe how{.scoring = {.threshold = 2.2, .min_count = 1}};
    auto const once = learn_phrases(words_of(text.path), how);
    BOOST_TEST(names(once.table) == std::vector<std::string>({"new york"}), boost::test_tools::per_element());
    BOOST_TEST(once.table.phrases()[0].score == 2.4, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(once.counts.delivered_count("token") == 16);
    how.scoring.threshold = 1.4;
    how.passes = 2;
    std::vector<std::string> lines;
    auto const twice =
        learn_phrases(words_of(text.path), how, {.on_message = [&](auto const& line) { lines.push_back(line); }});
    BOOST_TEST(lines.size() == 2);
    BOOST_TEST(names(twice.table) == std::vector<std::string>({"new york", "york city", "new_york city"}),
               boost::test_tools::per_element());
    BOOST_TEST(twice.table.phrases()[2].score == 1.5, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(twice.table.phrases()[2].pass == 2);
}

BOOST_AUTO_TEST_CASE(a_pass_without_phrases_is_the_last) {
    phrase_text const text;
    std::vector<std::string> lines;
    auto const learned =
        learn_phrases(words_of(text.path), {.scoring = {.threshold = 100, .min_count = 1}, .passes = 3},
                      {.on_message = [&](auto const& line) { lines.push_back(line); }});
    BOOST_TEST(learned.table.phrases().empty());
    BOOST_TEST(lines.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_corpus_with_phrases_has_them_as_words) {
    phrase_text const text;
    phrase_table const table({{.first = "new", .second = "york"}}, "~");
    auto const joined = words_of(text.path).with_phrases(table);
    auto const words = make_vocabulary(joined, {.min_count = 1}, {}, 1 << 24);
    BOOST_TEST(words.count(*words.find("new~york")) == 4);
    BOOST_TEST(words.count(*words.find("new")) == 1);
    BOOST_TEST(!words.find("york"));
    BOOST_TEST(joined.description() != words_of(text.path).description());
}

BOOST_AUTO_TEST_CASE(passes_out_of_range_and_ids_are_refused) {
    phrase_text const text;
    for (std::uint32_t const passes : {0U, 65U})
        BOOST_TEST(
            (failure_of([&] { (void)learn_phrases(words_of(text.path), {.passes = passes}); }) == failure::usage));
    auto const words = make_vocabulary(words_of(text.path), {.min_count = 1}, {}, 1 << 24);
    auto const ids = text.folder / "cities.ids";
    (void)write_encoded(words_of(text.path).ids(words, {}), ids, words);
    BOOST_TEST((failure_of([&] { (void)learn_phrases(read(ids)); }) == failure::usage));
    BOOST_TEST((failure_of([&] { (void)read(ids).with_phrases(phrase_table()); }) == failure::usage));
}

BOOST_AUTO_TEST_SUITE_END()
