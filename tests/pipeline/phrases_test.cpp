#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.pipeline;
import wordmill.stream;
import wordmill.text;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
generator<text_block> blocks_of(std::vector<std::string> texts) {
    std::uint64_t number = 0;
    for (auto& text : texts) {
        text_block block;
        block.index = number++;
        block.text = std::move(text);
        co_yield std::move(block);
    }
}

/// Sentences of words, one a line, as a stage leaves them.
template <class Stage> std::string joined(std::vector<std::string> texts, Stage const& stage, unsigned threads = 1) {
    std::string lines;
    for (auto const& block : blocks_of(std::move(texts)) | parallel(stage, {.threads = threads})) {
        std::size_t at = 0;
        for (auto const end : block.sentence_ends) {
            for (auto begin = at; at < end; ++at) lines += (at > begin ? " " : "") + std::string(block.word(at));
            lines += '\n';
        }
    }
    return lines;
}

phrase_table table(std::vector<std::pair<std::string, std::string>> const& pairs) {
    std::vector<phrase> phrases;
    for (auto const& [first, second] : pairs) phrases.push_back({.first = first, .second = second});
    return phrase_table(phrases);
}

phrase_counts count(std::vector<std::string> const& texts, std::uint64_t least, count_options const& options = {},
                    phrase_table const& earlier = {}) {
    auto const split = join_phrases(whitespace_tokenizer(), earlier);
    vocabulary const words(count_words(blocks_of(texts), split), {.min_count = least, .specials = {}});
    return count_phrases(blocks_of(texts), split, words, options);
}

/// 11 tokens; counts: is 3, new 3, york 3, big 1, old 1; pairs: york is 3, new york 2, is big, is new, is old 1.
std::vector<std::string> const corpus{"new york is big\nnew york is new\n", "york is old\n"};

std::map<std::string, double> scores(phrase_options const& options, std::uint64_t words_of = 1) {
    std::map<std::string, double> all;
    for (auto const& p : find_phrases(count(corpus, words_of), options)) all[p.first + " " + p.second] = p.score;
    return all;
}

/// Sentences of a few words that like each other, in many blocks.
std::vector<std::string> random_texts() {
    auto rng = random_key(5).engine();
    std::vector<std::string> texts(40);
    for (auto& text : texts)
        for (int sentence = 0; sentence < 60; ++sentence) {
            for (auto words = rng.below(12); words > 0; --words) {
                auto const word = rng.below(40) * rng.below(40);
                text +=
                    "w" + std::to_string(word) + (rng.below(3) == 0 ? " of w" + std::to_string(word + 1) : "") + " ";
            }
            text += '\n';
        }
    return texts;
}
}

BOOST_AUTO_TEST_SUITE(phrases)

BOOST_AUTO_TEST_CASE(scores_are_those_of_the_formulas_worked_by_hand) {
    auto const near = boost::test_tools::tolerance(1e-12);
    auto const mikolov = scores({.threshold = -1, .min_count = 1});
    BOOST_TEST(mikolov.size() == 5U);
    BOOST_TEST(mikolov.at("new york") == (2. - 1) * 11 / (3 * 3), near);
    BOOST_TEST(mikolov.at("york is") == (3. - 1) * 11 / (3 * 3), near);
    BOOST_TEST(mikolov.at("is big") == 0.); // (1 - 1)
    auto const pmi = scores({.score = phrase_score::pmi, .threshold = 0, .min_count = 1});
    BOOST_TEST(pmi.at("new york") == std::log(22. / 9), near); // (2/11) / (3/11 * 3/11)
    BOOST_TEST(pmi.at("is old") == std::log(11. / 3), near);   // (1/11) / (3/11 * 1/11)
    auto const npmi = scores({.score = phrase_score::npmi, .threshold = 0, .min_count = 1});
    BOOST_TEST(npmi.at("new york") == std::log(22. / 9) / std::log(11. / 2), near);
    BOOST_TEST(npmi.at("york is") == 1., near); // ln((3/11) / (3/11)^2) / -ln(3/11): never apart
    BOOST_TEST(npmi.at("is new") == std::log(11. / 9) / std::log(11.), near);
}

BOOST_AUTO_TEST_CASE(rare_pairs_rare_words_and_low_scores_are_no_phrases) {
    auto const often = scores({.threshold = 0, .min_count = 2}); // new york: (2 - 2) is not above 0
    BOOST_TEST(often.size() == 1U);
    BOOST_TEST(often.at("york is") == 11. / 9, boost::test_tools::tolerance(1e-12));
    auto const all = scores({.score = phrase_score::pmi, .threshold = 0, .min_count = 1}, 2); // without big and old
    BOOST_TEST(all.size() == 3U);
    BOOST_TEST(!all.contains("is old"));
    auto const best = find_phrases(count(corpus, 1), {.score = phrase_score::npmi, .min_count = 2});
    BOOST_REQUIRE(best.size() == 2U); // 1 and 0.524 are above 0.5
    BOOST_TEST(best[0].first == "york");
    BOOST_TEST(best[0].count == 3U);
    BOOST_TEST(best[1].second_count == 3U);
    BOOST_TEST(scores({.min_count = 1}).empty()); // none above 100
    BOOST_TEST((failure_of([] { (void)scores({.threshold = std::nan("")}); }) == failure::usage));
    BOOST_TEST(
        (failure_of([] { (void)score_of(phrase_score::pmi, {.count = 3, .first_count = 2, .second_count = 4}, 9, 1); })
         == failure::usage));
}

BOOST_AUTO_TEST_CASE(pairs_do_not_go_over_sentence_ends_or_words_outside_the_vocabulary) {
    BOOST_TEST(count({"a b\na b\nb a x a b\n"}, 1).pairs.tokens() == 6U);
    BOOST_TEST(count({"a b\na b\nb a x a b\n"}, 2).pairs.tokens() == 4U); // a b, a b, b a, a b
    BOOST_TEST(count({"a b\na b\nb a x a b\n"}, 2).tokens == 9U);
    BOOST_TEST(count({"a\nb\na\nb\n"}, 1).pairs.types() == 0U);
}

BOOST_AUTO_TEST_CASE(pairs_are_joined_from_left_to_right_without_overlap_and_inside_sentences) {
    auto const stage =
        chain(whitespace_tokenizer(), join_phrases(table({{"new", "york"}, {"york", "is"}, {"a", "a"}})));
    BOOST_TEST(joined({"new york is\nyork  is new\n\nnew\nyork a a a\n"}, stage)
               == "new_york is\nyork_is new\n\nnew\nyork a_a a\n");
    BOOST_TEST(joined({"new york\n"}, chain(whitespace_tokenizer(), join_phrases(phrase_table()))) == "new york\n");
    auto const as_tokenizer = join_phrases(whitespace_tokenizer(), table({{"new", "york"}}));
    BOOST_TEST(joined({"new york is\n"}, as_tokenizer) == "new_york is\n");
}

BOOST_AUTO_TEST_CASE(later_passes_join_what_earlier_ones_made) {
    phrase_table const both({{.first = "new", .second = "york"}, {.first = "new_york", .second = "city", .pass = 2}});
    BOOST_TEST(both.passes() == 2U);
    auto const stage = chain(whitespace_tokenizer(), join_phrases(both));
    BOOST_TEST(joined({"new york city new york\n"}, stage) == "new_york_city new_york\n");
    // Found again by two passes over text in which the three words are never apart.
    std::vector<std::string> const text{"new york city a b\nnew york city c d\n"};
    phrase_options const options{.score = phrase_score::npmi, .threshold = 0.9, .min_count = 2};
    auto found = find_phrases(count(text, 2), options);
    BOOST_REQUIRE(found.size() == 2U); // new york, york city
    phrase_table const first({found[0]});
    auto const more = find_phrases(count(text, 2, {}, first), options, 2);
    BOOST_REQUIRE(more.size() == 1U);
    BOOST_TEST(more[0].first == "new_york");
    BOOST_TEST(more[0].second == "city");
    BOOST_TEST(more[0].pass == 2U);
}

BOOST_AUTO_TEST_CASE(every_token_is_delivered_or_counted_as_joined) {
    tally counts;
    auto const split = join_phrases(whitespace_tokenizer({.counts = counts}), table({{"new", "york"}}), counts);
    (void)count_words(blocks_of(corpus), split, {.counts = counts});
    BOOST_TEST(counts.read_count("token") == 11U);
    BOOST_TEST(counts.dropped_count("token", "joined to the one before") == 2U);
    BOOST_TEST(counts.balanced("token"));
    tally of_pairs;
    (void)count_phrases(blocks_of(corpus), whitespace_tokenizer({.counts = of_pairs}),
                        vocabulary(count_words(blocks_of(corpus), whitespace_tokenizer())), {.counts = of_pairs});
    BOOST_TEST(of_pairs.delivered_count("token") == 11U);
    BOOST_TEST(of_pairs.balanced("token"));
}

BOOST_AUTO_TEST_CASE(counts_and_joins_do_not_depend_on_threads_or_memory) {
    auto const texts = random_texts();
    phrase_options const options{.threshold = 1, .min_count = 3};
    auto const expected = find_phrases(count(texts, 2, {.threads = 1}), options);
    BOOST_TEST(expected.size() > 100U);
    for (unsigned const threads : {2U, 8U})
        BOOST_TEST((find_phrases(count(texts, 2, {.threads = threads}), options) == expected));
    auto const spilled = count(texts, 2, {.memory_bytes = 40 << 10, .threads = 2});
    BOOST_TEST(spilled.pairs.spilled_runs() > 1U);
    BOOST_TEST((find_phrases(spilled, options) == expected));

    auto const stage = chain(whitespace_tokenizer(), join_phrases(phrase_table(expected)));
    auto const lines = joined(texts, stage);
    BOOST_TEST(lines.find('_') != std::string::npos);
    for (unsigned const threads : {2U, 8U}) BOOST_TEST((joined(texts, stage, threads) == lines));
}

BOOST_AUTO_TEST_CASE(a_saved_table_is_read_back) {
    phrase_table const made(
        {{.first = "new", .second = "york", .score = 12.5, .count = 4, .first_count = 5, .second_count = 6},
         {.first = "new-york",
          .second = "a\t\\b",
          .score = -1,
          .count = 1,
          .first_count = 2,
          .second_count = 1,
          .pass = 2}},
        "-");
    auto const text = std::string("new-york\tnew\tyork\t12.5\t4\t5\t6\t1\n"
                                  "new-york-a\\t\\\\b\tnew-york\ta\\t\\\\b\t-1\t1\t2\t1\t2\n");
    BOOST_TEST(format_phrases(made) == text);
    scratch_folder const folder;
    save_phrases(made, folder / "phrases.tsv");
    auto const read = load_phrases(folder / "phrases.tsv");
    BOOST_TEST((std::ranges::equal(read.phrases(), made.phrases())));
    BOOST_TEST(read.delimiter() == "-");
    BOOST_TEST(fingerprint(read) == fingerprint(made));
    BOOST_TEST(fingerprint(read) != fingerprint(phrase_table()));
    BOOST_TEST(parse_phrases("").phrases().empty());
}

BOOST_AUTO_TEST_CASE(a_file_is_read_back_although_its_first_word_begins_like_a_compressed_file) {
    for (std::string const word :
         {"BZh91AY&SY", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "PK\x03\x04", "\xFF", "\t", "\f"}) {
        phrase_table const made(
            {{.first = word, .second = "a", .score = 1, .count = 2, .first_count = 3, .second_count = 4, .pass = 1}});
        scratch_folder const folder;
        save_phrases(made, folder / "phrases.tsv");
        BOOST_TEST((std::ranges::equal(load_phrases(folder / "phrases.tsv").phrases(), made.phrases())));
    }
}

BOOST_AUTO_TEST_CASE(files_that_hold_no_phrases_are_refused_with_the_line) {
    std::string const good = "a_b\ta\tb\t1\t1\t1\t1\t1\n";
    for (std::string const bad :
         {"x\n", "\n", "a_b\ta\tb\t1\t1\t1\t1\n", "a_b\ta\tb\t1\t1\t1\t1\t1\t1\n", "a_b\ta\tc\t1\t1\t1\t1\t1\n",
          "c-d\tc\td\t1\t1\t1\t1\t1\n", "_b\t\tb\t1\t1\t1\t1\t1\n", "c_d\tc\td\tnan\t1\t1\t1\t1\n",
          "c_d\tc\td\t1\t-1\t1\t1\t1\n", "c_d\tc\td\t1\t1\t1\t1\t99999999999\n", "c_\\x\tc\t\\x\t1\t1\t1\t1\t1\n"}) {
        auto const failed = failure_of([&] { (void)parse_phrases(good + bad, "file.tsv"); });
        BOOST_TEST_CONTEXT(bad) {
            BOOST_TEST((failed == failure::bad_data));
            BOOST_TEST(failed.says("file.tsv, line 2"));
        }
    }
    for (std::string const bad :
         {"a_b\ta\tb\t2\t1\t1\t1\t1\n", "c_d\tc\td\t1\t1\t1\t1\t0\n", "c_d\tc\td\t1\t1\t1\t1\t65\n"})
        BOOST_TEST((failure_of([&] { (void)parse_phrases(good + bad); }) == failure::bad_data));
}

BOOST_AUTO_TEST_SUITE_END()
