#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.corpora;
import wordmill.stream;
import wordmill.text;

namespace wm = wordmill;

namespace {
std::size_t digits_of(std::uint64_t number) { return std::to_string(number).size(); }

std::string cased(std::string text, bool upper) {
    for (auto& c : text) c = static_cast<char>(upper ? std::toupper(c) : std::tolower(c));
    return text;
}

/// Four standard deviations of a binomial count.
double bound(double trials, double share) { return 4 * std::sqrt(trials * share * (1 - share)); }
}

BOOST_AUTO_TEST_SUITE(generated_pairs)

BOOST_AUTO_TEST_CASE(additions_are_right_unique_and_shared_out_as_in_the_book) {
    std::regex const form(R"((\d{1,3})\+(\d{1,3}) *)");
    for (std::uint64_t const seed : {1U, 9U}) {
        std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
        std::map<std::pair<std::size_t, std::size_t>, int> kinds;
        int larger_first = 0;
        for (std::uint64_t n = 50'000; n < 100'000; ++n) { // the second run
            auto const [source, target] = wm::addition_pair(seed, n);
            std::smatch parts;
            BOOST_TEST_REQUIRE(std::regex_match(source, parts, form));
            BOOST_TEST(source.size() == 7U);
            BOOST_TEST(target.size() == 4U);
            auto const a = std::stoul(parts[1]);
            auto const b = std::stoul(parts[2]);
            BOOST_TEST(std::to_string(a) == parts[1]); // no leading zeros
            auto const sum = std::to_string(a + b);
            BOOST_TEST(target == sum + std::string(4 - sum.size(), ' '));
            seen.insert(std::minmax(a, b));
            ++kinds[std::minmax(digits_of(a), digits_of(b))];
            larger_first += a > b ? 1 : 0;
        }
        BOOST_TEST(seen.size() == 50'000U);
        // counted in the book's addition.txt
        BOOST_TEST(
            (kinds
             == std::map<std::pair<std::size_t, std::size_t>, int>{
                 {{1, 1}, 55}, {{1, 2}, 900}, {{1, 3}, 8724}, {{2, 2}, 3981}, {{2, 3}, 23763}, {{3, 3}, 12577}}));
        BOOST_TEST(std::abs(larger_first - 25'000) < bound(50'000, 0.5) + 100); // some summands are equal
    }
}

BOOST_AUTO_TEST_CASE(dates_are_those_of_the_calendar_in_the_styles_of_the_book) {
    using namespace std::chrono;
    static std::vector<std::string> const months{"January", "February", "March",     "April",   "May",      "June",
                                                 "July",    "August",   "September", "October", "November", "December"};
    static std::vector<std::string> const weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
    std::regex const target_form(R"((\d{4})-(\d\d)-(\d\d))");
    std::map<std::string, int> styles;
    std::map<int, int> years;
    for (std::uint64_t n = 0; n < 20'000; ++n) {
        auto const [source, target] = wm::date_pair(5, n);
        BOOST_TEST(source.size() == 29U);
        std::smatch parts;
        BOOST_TEST_REQUIRE(std::regex_match(target, parts, target_form));
        year_month_day const date(year{std::stoi(parts[1])}, month{static_cast<unsigned>(std::stoul(parts[2]))},
                                  day{static_cast<unsigned>(std::stoul(parts[3]))});
        BOOST_TEST_REQUIRE(date.ok());
        BOOST_TEST((sys_days(date) >= sys_days(year{1970} / 1 / 1) && sys_days(date) <= sys_days(year{2017} / 7 / 24)));
        ++years[static_cast<int>(date.year())];
        auto const y = std::stoi(parts[1]);
        auto const d = std::to_string(std::stoi(parts[3]));
        auto const m = months[std::stoul(parts[2]) - 1];
        auto const name = weekdays[weekday(sys_days(date)).c_encoding()];
        std::map<std::string, std::string> const expected{
            {"numbers", std::to_string(std::stoi(parts[2])) + "/" + d + "/" + std::string(parts[1]).substr(2)},
            {"short", m.substr(0, 3) + " " + d + ", " + std::to_string(y)},
            {"long", m + " " + d + ", " + std::to_string(y)},
            {"weekday", name + ", " + m + " " + d + ", " + std::to_string(y)}};
        auto const text = source.substr(0, source.find_last_not_of(' ') + 1);
        std::string found;
        for (auto const& [style, as] : expected) {
            if (style == "short" && m == "May") continue; // the same as the long one
            if (text == as) found = style == "numbers" ? style : style + " title";
            if (style != "numbers" && text == cased(as, false)) found = style + " lower";
            if (style != "numbers" && text == cased(as, true)) found = style + " upper";
        }
        BOOST_TEST_REQUIRE(!found.empty(), source);
        ++styles[found];
    }
    // The share of May: 48 of the 558 months and 24 days of the range are a May, 1488 of 17372 days.
    double const may = 1488.0 / 17372;
    std::map<std::string, double> const shares{{"numbers", 0.25},
                                               {"short title", 0.125 * (1 - may)},
                                               {"short lower", 0.0625 * (1 - may)},
                                               {"short upper", 0.0625 * (1 - may)},
                                               {"long title", 0.125 * (1 + may)},
                                               {"long lower", 0.0625 * (1 + may)},
                                               {"long upper", 0.0625 * (1 + may)},
                                               {"weekday title", 0.125},
                                               {"weekday lower", 0.0625},
                                               {"weekday upper", 0.0625}};
    BOOST_TEST(styles.size() == shares.size());
    for (auto const& [style, share] : shares)
        BOOST_TEST(std::abs(styles[style] - 20'000 * share) < bound(20'000, share), style);
    BOOST_TEST(years.size() == 48U);
}

BOOST_AUTO_TEST_CASE(blocks_hold_the_pairs_and_resume_anywhere) {
    for (auto* const make : {&wm::generated_additions, &wm::generated_dates}) {
        auto const pair_of = make == &wm::generated_additions ? wm::addition_pair : wm::date_pair;
        std::vector<wm::text_pair_block> all;
        std::uint64_t number = 0;
        for (auto&& block : make({.pairs = 2500, .seed = 3, .block_pairs = 1000})) {
            BOOST_TEST(block.first_sentence == number);
            for (std::size_t i = 0; i < block.size(); ++i)
                BOOST_TEST((pair_of(3, number++)
                            == wm::text_pair{std::string(block.source(i)), std::string(block.target(i))}));
            all.push_back(std::move(block));
        }
        BOOST_TEST(number == 2500U);
        BOOST_TEST(all.size() == 3U);
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto rest = make({.pairs = 2500, .seed = 3, .block_pairs = 1000, .from = all[i].start});
            auto const first = rest.begin();
            BOOST_TEST(((*first).text == all[i].text));
            BOOST_TEST(((*first).next == all[i].next));
        }
        BOOST_CHECK_THROW((void)make({.seed = 4, .from = all[1].start}).begin(), wm::error);
    }
}

BOOST_AUTO_TEST_CASE(a_block_as_text_has_the_format_of_the_book) {
    std::regex const additions(R"((\d{1,3}\+\d{1,3} *_\d{1,4} *\n)+)");
    for (auto const& block : wm::generated_additions({.pairs = 100, .block_pairs = 100})) {
        auto const text = wm::plain_text(block, "_");
        BOOST_TEST(text.size() == 100U * 13); // "16+75  _91  \n"
        BOOST_TEST(std::regex_match(text, additions));
    }
    for (auto const& block : wm::generated_dates({.pairs = 100, .block_pairs = 100}))
        BOOST_TEST(wm::plain_text(block, "_").size() == 100U * 41);
}

BOOST_AUTO_TEST_SUITE_END()
