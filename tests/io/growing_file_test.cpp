#include "faulty_system.hpp"
#include "scratch_folder.hpp"
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <string>
import wordmill.core;
import wordmill.io;
#include "failure_of.hpp"

using wordmill::failure;
using wordmill::growing_file;

namespace {
struct unarmed {
    unarmed() { faulty::reset(); }
    ~unarmed() { faulty::reset(); }
};
}

BOOST_AUTO_TEST_SUITE(growing_files)

BOOST_AUTO_TEST_CASE(each_record_is_there_when_write_returns) {
    scratch_folder const folder;
    growing_file file(folder / "log");
    BOOST_TEST(file_bytes(folder / "log").empty());
    file.write("one\n");
    BOOST_TEST(file_bytes(folder / "log") == "one\n");
    file.write("two\n");
    BOOST_TEST(file_bytes(folder / "log") == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(what_exists_is_kept_continued_or_replaced_as_asked) {
    scratch_folder const folder;
    auto const name = folder / "log";
    put_file(name, "one\ntw");
    auto const seen = failure_of([&] { growing_file const never(name); });
    BOOST_CHECK(seen == failure::cannot_create);
    BOOST_TEST(seen.says("exists already"));
    growing_file(name, {.append = true}).write("!");
    BOOST_TEST(file_bytes(name) == "one\ntw!");
    growing_file(name, {.append = true, .record_end = '\n'}).write("two\n");
    BOOST_TEST(file_bytes(name) == "one\ntwo\n");
    growing_file(name, {.append = true, .record_end = 'x'}).write("x");
    BOOST_TEST(file_bytes(name) == "x");
    growing_file(name, {.overwrite = true}).write("anew");
    BOOST_TEST(file_bytes(name) == "anew");
    growing_file(folder / "other", {.append = true}).write("made");
    BOOST_TEST(file_bytes(folder / "other") == "made");
}

BOOST_AUTO_TEST_CASE(a_record_that_does_not_fit_is_taken_back) {
    scratch_folder const folder;
    unarmed const before_and_after;
    growing_file file(folder / "log");
    file.write("whole\n");
    faulty::short_writes(3);
    faulty::fail(faulty::call::write, 4, ENOSPC);
    auto const seen = failure_of([&] { file.write("half of this\n"); });
    BOOST_CHECK(seen == failure::io);
    BOOST_TEST(seen.says("log"));
    BOOST_TEST(seen.says("free"));
    BOOST_TEST(file_bytes(folder / "log") == "whole\n");
    faulty::reset();
    file.write("next\n");
    BOOST_TEST(file_bytes(folder / "log") == "whole\nnext\n");
}

BOOST_AUTO_TEST_CASE(devices_are_written_directly_and_folders_are_refused) {
    scratch_folder const folder;
    growing_file("/dev/null").write("gone");
    BOOST_CHECK(failure_of([] { growing_file("/dev/full").write("x"); }) == failure::io);
    BOOST_CHECK(failure_of([&] { growing_file const never(folder.path.string(), {.overwrite = true}); })
                == failure::cannot_create);
    BOOST_CHECK(failure_of([&] { growing_file const never(folder / "no/log"); }) == failure::cannot_create);
}

BOOST_AUTO_TEST_SUITE_END()
