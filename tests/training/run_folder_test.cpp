#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>
import wordmill.core;
import wordmill.training;
#include "../io/failure_of.hpp"
#include "../io/scratch_folder.hpp"

using namespace wordmill;

namespace {
/// A run whose checkpoints are texts; one that says "damaged" cannot be read.
struct run_of_texts {
    scratch_folder place;
    std::vector<std::string> warnings{};

    std::string path() const { return place / "run"; }
    run_folder begin(bool overwrite = false) const { return run_folder(path(), run_start::begin, overwrite); }
    run_folder resume() const { return run_folder(path(), run_start::resume); }
    static void save(run_folder const& folder, std::string const& text) {
        folder.save([&](std::string const& file) {
            put_file(file + ".new", text);
            std::filesystem::rename(file + ".new", file);
        });
    }
    std::string load(run_folder const& folder) {
        std::string text;
        folder.load(
            [&](std::string const& file) {
                text = file_bytes(file);
                if (text.empty()) throw error(failure::no_input, "expected a file", {.file = file});
                if (text == "damaged") throw error(failure::bad_data, "expected a text", {.file = file});
            },
            [&](std::string const& warning) { warnings.push_back(warning); });
        return text;
    }
};
}

BOOST_AUTO_TEST_SUITE(run_folders)

BOOST_FIXTURE_TEST_CASE(a_folder_holds_the_two_newest_checkpoints, run_of_texts) {
    auto const folder = begin();
    BOOST_TEST(!folder.resumes());
    for (auto const* text : {"first", "second", "third"}) save(folder, text);
    BOOST_TEST(file_bytes(path() + "/checkpoint") == "third");
    BOOST_TEST(file_bytes(path() + "/checkpoint.previous") == "second");
    auto const again = resume();
    BOOST_TEST(load(again) == "third");
    BOOST_TEST(again.resumes());
    BOOST_TEST(again.file("vocabulary.tsv") == path() + "/vocabulary.tsv");
    BOOST_TEST(warnings.empty());
}

BOOST_FIXTURE_TEST_CASE(a_damaged_checkpoint_is_replaced_by_the_one_before_it_with_a_warning, run_of_texts) {
    auto const folder = begin();
    save(folder, "first");
    save(folder, "damaged");
    BOOST_TEST(load(folder) == "first");
    BOOST_TEST(warnings.size() == 1U);
    BOOST_TEST(warnings.at(0).find("expected a text") != std::string::npos);
    BOOST_TEST(load(folder) == "first"); // it is the newest now
    BOOST_TEST(warnings.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_run_killed_between_two_checkpoints_resumes_from_the_previous_one, run_of_texts) {
    auto const folder = begin();
    save(folder, "first");
    save(folder, "second");
    std::filesystem::remove(path() + "/checkpoint");
    BOOST_TEST(run_folder(path(), run_start::begin_or_resume).resumes());
    BOOST_TEST(load(resume()) == "first");
    BOOST_TEST(warnings.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(when_both_checkpoints_are_damaged_the_newest_is_named, run_of_texts) {
    auto const folder = begin();
    save(folder, "damaged");
    save(folder, "damaged");
    auto const seen = failure_of([&] { (void)load(folder); });
    BOOST_TEST((seen == failure::bad_data));
    BOOST_TEST(seen.says("run/checkpoint"));
    BOOST_TEST(!seen.says("checkpoint.previous"));
    BOOST_TEST(warnings.empty());
}

BOOST_FIXTURE_TEST_CASE(a_folder_that_holds_a_run_is_begun_anew_only_on_request, run_of_texts) {
    save(begin(), "first");
    auto const seen = failure_of([&] { (void)begin(); });
    BOOST_TEST((seen == failure::cannot_create));
    BOOST_TEST(file_bytes(path() + "/checkpoint") == "first");
    (void)begin(true);
    BOOST_TEST(!run_folder(path(), run_start::begin_or_resume).resumes());
}

BOOST_FIXTURE_TEST_CASE(a_folder_without_a_checkpoint_cannot_be_resumed, run_of_texts) {
    (void)begin();
    BOOST_TEST((failure_of([&] { (void)resume(); }) == failure::no_input));
}

BOOST_FIXTURE_TEST_CASE(begin_or_resume_begins_where_there_is_no_checkpoint_and_resumes_where_there_is_one,
                        run_of_texts) {
    auto const first = run_folder(path(), run_start::begin_or_resume);
    BOOST_TEST(!first.resumes());
    save(first, "first");
    auto const second = run_folder(path(), run_start::begin_or_resume);
    BOOST_TEST(second.resumes());
    BOOST_TEST(load(second) == "first");
}

BOOST_AUTO_TEST_SUITE_END()
