#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>
#include <unordered_map>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.stream;
import wordmill.text;

namespace {
using wordmill::synthetic_language;

std::vector<std::vector<std::string>> sentences_of(synthetic_language const& language, std::uint64_t tokens) {
    std::vector<std::vector<std::string>> all;
    for (auto const& s : sentences(synthetic_text(language, {.tokens = tokens}))) {
        auto& words = all.emplace_back();
        for (std::size_t begin = 0; begin < s.text.size();) {
            auto const end = std::min(s.text.find(' ', begin), s.text.size());
            words.emplace_back(s.text.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    return all;
}
}

BOOST_AUTO_TEST_SUITE(synthetic_truths)

BOOST_AUTO_TEST_CASE(similarity_counts_what_two_words_have_in_common) {
    using wordmill::similarity;
    BOOST_TEST(similarity({0, 0, 0}, {0, 0, 0}) == 10);
    BOOST_TEST(similarity({0, 0, 0}, {0, 0, 1}) == 7); // another form
    BOOST_TEST(similarity({0, 0, 0}, {0, 1, 0}) == 8); // another role
    BOOST_TEST(similarity({0, 0, 0}, {4, 0, 0}) == 7); // field and kind of word in common
    BOOST_TEST(similarity({0, 0, 0}, {1, 0, 0}) == 4); // field in common, another kind of word
    BOOST_TEST(similarity({0, 0, 0}, {8, 1, 0}) == 3); // form of the same kind of word
    BOOST_TEST(similarity({0, 0, 0}, {9, 1, 0}) == 0); // nothing
}

BOOST_AUTO_TEST_CASE(the_sets_are_full_distinct_and_the_same_again) {
    synthetic_language const language({.seed = 3});
    auto const pairs = similarity_truth(language);
    BOOST_TEST(pairs.size() == 1000u);
    std::set<std::set<std::string>> seen;
    std::map<double, int> scores;
    for (auto const& p : pairs) {
        BOOST_TEST(seen.insert({p.first, p.second}).second);
        BOOST_TEST(p.first != p.second);
        ++scores[p.score];
    }
    BOOST_TEST(scores.begin()->first == 0);
    BOOST_TEST(scores.rbegin()->first == 8);
    auto const again = similarity_truth(synthetic_language({.seed = 3}));
    BOOST_TEST(std::ranges::equal(pairs, again, [](auto const& a, auto const& b) {
        return a.first == b.first && a.second == b.second && a.score == b.score;
    }));

    auto const sections = analogy_truth(language);
    BOOST_TEST(sections.size() == 12u);
    for (auto const& section : sections) {
        BOOST_TEST(section.questions.size() == 100u);
        for (auto const& [a, b, c, d] : section.questions) {
            BOOST_TEST((std::set{a, b, c, d}.size() == 4));
            BOOST_TEST(a.substr(0, 4) == b.substr(0, 4)); // stems
            BOOST_TEST(c.substr(0, 4) == d.substr(0, 4));
            BOOST_TEST(b.substr(4) == d.substr(4)); // endings
            BOOST_TEST(a.substr(4) == c.substr(4));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_words_of_the_sets_occur_as_often_as_promised) {
    synthetic_language const language;
    wordmill::truth_options const options{.tokens = 1'000'000, .min_count = 30};
    std::unordered_map<std::string, int> counts;
    for (auto const& words : sentences_of(language, options.tokens))
        for (auto const& word : words) ++counts[word];
    std::vector<std::string> words;
    for (auto const& p : similarity_truth(language, options)) words.insert(words.end(), {p.first, p.second});
    for (auto const& section : analogy_truth(language, options))
        for (auto const& question : section.questions) words.insert(words.end(), question.begin(), question.end());
    for (auto const& group : group_truth(language, options)) words.push_back(group.word);
    BOOST_TEST(words.size() > 4000u);
    // Expected at least 30 times; a word's sentences are few, so its count varies: a third at the least.
    auto const rare = std::ranges::find_if(words, [&](auto const& word) { return counts[word] < 10; });
    BOOST_TEST((rare == words.end()));
}

BOOST_AUTO_TEST_CASE(groups_are_words_of_one_topic) {
    synthetic_language const language;
    auto const groups = group_truth(language, {.tokens = 1'000'000});
    std::array<int, 64> sizes{};
    for (auto const& group : groups) {
        BOOST_TEST(language.topic(group.rank).value() == group.topic);
        ++sizes.at(group.topic);
    }
    BOOST_TEST(*std::ranges::min_element(sizes) >= 16); // the 16 blocks from rank 256 on
}

BOOST_AUTO_TEST_CASE(sets_are_empty_when_no_word_is_frequent_enough) {
    for (synthetic_language const& language : {synthetic_language({.types = 1000}), synthetic_language()}) {
        wordmill::truth_options const options{.tokens = 1000};
        BOOST_TEST(similarity_truth(language, options).empty());
        for (auto const& section : analogy_truth(language, options)) BOOST_TEST(section.questions.empty());
        BOOST_TEST(group_truth(language, options).empty());
    }
}

BOOST_AUTO_TEST_CASE(truth_files_have_the_formats_of_wordsim_and_word2vec) {
    synthetic_language const language;
    auto const folder = std::filesystem::temp_directory_path() / ("wordmill-truth-" + std::to_string(getpid()));
    wordmill::truth_options const options{.similarity_pairs = 10, .questions_per_section = 2};
    write_truth(language, folder.string(), options);
    BOOST_CHECK_THROW(write_truth(language, folder.string(), options), wordmill::error);
    write_truth(language, folder.string(), options, true);

    auto const pair = similarity_truth(language, options)[0];
    std::string line;
    std::ifstream similarity_file(folder / "similarity.tsv");
    std::getline(similarity_file, line);
    BOOST_TEST(line == pair.first + "\t" + pair.second + "\t" + std::to_string(static_cast<int>(pair.score)));

    std::ifstream analogy_file(folder / "analogies.txt");
    std::getline(analogy_file, line);
    BOOST_TEST(line == ": gender");
    std::getline(analogy_file, line);
    BOOST_TEST(std::ranges::count(line, ' ') == 3);

    std::ifstream group_file(folder / "groups.tsv");
    std::getline(group_file, line);
    BOOST_TEST(line.ends_with("\t0\t0"));
    std::filesystem::remove_all(folder);
}

// The markers of form 1 of verbs are the words 9 = 2 * 4 + 1 of the blocks of 16 from rank 32 to 95. Around a past
// tense one of 16 markers would be of its own form by chance (6 %); three of eight are said by chance or about a
// sibling topic, mostly of another kind, so own markers make up more than half.
BOOST_AUTO_TEST_CASE(the_contexts_of_a_past_tense_hold_its_markers) {
    synthetic_language const language;
    std::unordered_map<std::string, bool> markers;
    for (std::uint64_t rank = 32; rank < 96; ++rank) markers[language.word(rank)] = rank % 16 == 9;
    std::set<std::string> past;
    for (std::uint32_t topic = 2; topic < 64; topic += 4)
        for (std::uint32_t role = 0; role < 16; ++role) past.insert(language.word(*language.rank({topic, role, 1})));
    double own = 0, all = 0;
    for (auto const& words : sentences_of(language, 300'000)) {
        if (std::ranges::none_of(words, [&](auto const& word) { return past.contains(word); })) continue;
        for (auto const& word : words) {
            auto const found = markers.find(word);
            if (found == markers.end()) continue;
            all += 1;
            own += found->second;
        }
    }
    BOOST_TEST(all > 1000);
    BOOST_TEST(own / all > 0.3);
    BOOST_TEST(own / all < 0.8);
}

BOOST_AUTO_TEST_SUITE_END()
