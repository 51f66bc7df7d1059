#include <boost/test/unit_test.hpp>
#include <cstring>
#include <map>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.thesaurus;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;
using strings = std::vector<std::string>;

namespace {
strings folders_with(std::map<std::string, std::string> const& variables) {
    return wordnet_folders([&](char const* name) {
        auto const found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}
}

BOOST_AUTO_TEST_SUITE(finding_wordnet)

BOOST_AUTO_TEST_CASE(wnsearchdir_is_the_only_folder_when_it_is_set) {
    BOOST_TEST(folders_with({{"WNSEARCHDIR", "/w"}, {"NLTK_DATA", "/n"}}) == strings{"/w"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(folders_of_nltk_come_before_those_of_the_system) {
    auto const folders = folders_with({{"WNSEARCHDIR", ""}, {"NLTK_DATA", "/a::/b"}, {"HOME", "/h"}});
    strings const first{"/a/corpora/wordnet",   "/a/corpora/wordnet31", "/b/corpora/wordnet",
                        "/b/corpora/wordnet31", "/usr/share/wordnet",   "/h/nltk_data/corpora/wordnet"};
    BOOST_TEST_REQUIRE(folders.size() > first.size());
    BOOST_TEST(strings(folders.begin(), folders.begin() + 6) == first, boost::test_tools::per_element());
    BOOST_TEST(folders_with({}).front() == "/usr/share/wordnet");
}

BOOST_AUTO_TEST_CASE(the_first_folder_with_a_database_is_taken) {
    scratch_folder const a, b, c;
    put_file(b / "data.noun", "");
    put_file(c / "data.noun", "");
    BOOST_TEST(find_wordnet({a.path, b.path, c.path}) == b.path);
}

BOOST_AUTO_TEST_CASE(where_none_is_found_the_message_says_where_it_was_looked_for_and_how_to_get_it) {
    scratch_folder const a, b;
    auto const seen = failure_of([&] { (void)find_wordnet({a.path, b / "wordnet"}); });
    BOOST_TEST((seen == failure::unavailable));
    BOOST_TEST(seen.says(a.path.string() + ", " + (b / "wordnet")));
    BOOST_TEST(seen.says("apt-get install wordnet-base"));
    put_file(b / "wordnet.zip", "");
    BOOST_TEST(failure_of([&] { (void)find_wordnet({a.path, b / "wordnet"}); }).says("unpack " + (b / "wordnet.zip")));
}

BOOST_AUTO_TEST_SUITE_END()
