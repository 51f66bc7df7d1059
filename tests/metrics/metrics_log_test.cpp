#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.io;
import wordmill.metrics;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
// Written by hand, after the docstring.
std::string const begun = R"({"started":1700000000.25,"options":{"alpha":"0.025","inputs":"a \"b\"\ufffd"}})"
                          "\n";
std::string const first = R"({"seconds":1.5,"epoch":1,"tokens":3000,"tokens_per_second":2000,"loss":1.25,)"
                          R"("learning_rate":0.025,"limited_by":"training"})"
                          "\n";
std::string const last =
    R"({"seconds":2,"epoch":1,"tokens":4000,"tokens_per_second":2000.5,"loss":null,)"
    R"("learning_rate":1e-05,"limited_by":"reading","epoch_loss":1.125,"epoch_scores":{"exact match":0.5,"loss":2}})"
    "\n";

void put_points(metrics_log& log) {
    log.add({.seconds = 1.5,
             .epoch = 1,
             .tokens = 3000,
             .tokens_per_second = 2000,
             .loss = 1.25,
             .learning_rate = 0.025,
             .limited_by = "training"});
    log.add({.seconds = 2,
             .epoch = 1,
             .tokens = 4000,
             .tokens_per_second = 2000.5,
             .learning_rate = 1e-5,
             .limited_by = "reading",
             .epoch_loss = 1.125,
             .epoch_scores = {{"exact match", 0.5}, {"loss", 2}}});
}
std::string line_of(std::uint64_t tokens, int loss) {
    return "{\"seconds\":1,\"epoch\":1,\"tokens\":" + std::to_string(tokens) + ",\"tokens_per_second\":1,\"loss\":"
           + std::to_string(loss) + ",\"learning_rate\":1,\"limited_by\":\"\"}\n";
}
seen_failure refused(std::string const& text) {
    scratch_folder const folder;
    put_file(folder / "run", text);
    return failure_of([&] { (void)load_metrics(folder / "run"); });
}
}

BOOST_AUTO_TEST_SUITE(metrics_logs)

BOOST_AUTO_TEST_CASE(lines_are_there_as_soon_as_they_are_written) {
    scratch_folder const folder;
    metrics_log log(folder / "run.jsonl");
    log.begin({{"inputs", "a \"b\"\xFF"}, {"alpha", "0.025"}}, 1700000000.25);
    put_points(log);
    auto expected = begun;
    expected.replace(expected.find("\\ufffd"), 6, "\xEF\xBF\xBD");
    BOOST_TEST(file_bytes(folder / "run.jsonl") == expected + first + last);
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    scratch_folder const folder;
    put_file(folder / "run.jsonl", begun + first + last);
    auto const run = load_metrics(folder / "run.jsonl");
    BOOST_TEST(run.options.at("alpha") == "0.025");
    BOOST_REQUIRE(run.points.size() == 2u);
    BOOST_TEST(run.points[0].tokens == 3000u);
    BOOST_TEST(run.points[0].loss.value() == 1.25);
    BOOST_TEST(!run.points[0].epoch_loss.has_value());
    BOOST_TEST(run.points[1].seconds == 2);
    BOOST_TEST(run.points[1].tokens_per_second == 2000.5);
    BOOST_TEST(!run.points[1].loss.has_value());
    BOOST_TEST(run.points[1].learning_rate == 1e-5);
    BOOST_TEST(run.points[1].limited_by == "reading");
    BOOST_TEST(run.points[1].epoch_loss.value() == 1.125);
    BOOST_TEST(run.points[0].epoch_scores.empty());
    BOOST_TEST((run.points[1].epoch_scores == std::map<std::string, double>{{"exact match", 0.5}, {"loss", 2}}));
}

BOOST_AUTO_TEST_CASE(an_existing_log_is_kept_unless_asked) {
    scratch_folder const folder;
    auto const name = folder / "run.jsonl";
    put_file(name, begun + first);
    BOOST_CHECK(failure_of([&] { metrics_log const never(name); }) == failure::cannot_create);
    BOOST_TEST(file_bytes(name) == begun + first);
    metrics_log more(name, {.append = true});
    more.begin({}, 1);
    BOOST_TEST(file_bytes(name) == begun + first + "{\"started\":1,\"options\":{}}\n");
    metrics_log const anew(name, {.overwrite = true});
    BOOST_TEST(file_bytes(name).empty());
    BOOST_CHECK(failure_of([&] { metrics_log const never(folder / "no/such/run.jsonl"); }) == failure::cannot_create);
}

BOOST_AUTO_TEST_CASE(a_line_that_a_crash_cut_is_dropped) {
    scratch_folder const folder;
    auto const name = folder / "run.jsonl";
    // short, and longer than the pieces it is looked for in
    for (std::size_t cut : {std::size_t{20}, std::size_t{10'000}}) {
        put_file(name, begun + first + "{" + std::string(cut, 'x'));
        metrics_log const more(name, {.append = true});
        BOOST_TEST(file_bytes(name) == begun + first);
    }
    put_file(name, begun + first + last.substr(0, 30));
    BOOST_TEST(load_metrics(name).points.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_learnt_again_counts_once) {
    scratch_folder const folder;
    // The run died after 40 and continued from the checkpoint at 20.
    put_file(folder / "run", begun + line_of(10, 4) + line_of(20, 3) + line_of(30, 9) + line_of(40, 9) + begun
                                 + line_of(25, 2) + line_of(35, 1));
    std::vector<std::uint64_t> tokens;
    std::vector<double> losses;
    for (auto const& point : load_metrics(folder / "run").points) {
        tokens.push_back(point.tokens);
        losses.push_back(point.loss.value());
    }
    BOOST_TEST(tokens == (std::vector<std::uint64_t>{10, 20, 25, 35}), boost::test_tools::per_element());
    BOOST_TEST(losses == (std::vector<double>{4, 3, 2, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(other_files_are_refused_with_the_line) {
    BOOST_TEST(refused("").says("\"options\""));
    BOOST_TEST(refused(first).says("line 1"));
    BOOST_TEST(refused(begun + "no JSON\n").says("line 2"));
    BOOST_TEST(refused(begun + "[1]\n").says("a JSON object"));
    BOOST_TEST(refused(begun + first + "{\"seconds\":1}\n").says("line 3"));
    BOOST_CHECK(refused("{\"options\":{\"a\":1}}\n") == failure::bad_data);
    BOOST_TEST(refused(std::string(3 << 20, 'x')).says("1 MiB"));
    BOOST_CHECK(failure_of([] { (void)load_metrics("/no/such/file"); }) == failure::no_input);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error) {
    metrics_log log("/dev/full");
    auto const seen = failure_of([&] { log.begin({}, 1); });
    BOOST_CHECK(seen == failure::io);
    BOOST_TEST(seen.says("/dev/full"));
}

BOOST_AUTO_TEST_SUITE_END()
