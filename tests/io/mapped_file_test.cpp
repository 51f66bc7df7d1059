#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
import wordmill.core;
import wordmill.io;
#include "failure_of.hpp"
#include "scratch_folder.hpp"

using namespace wordmill;

BOOST_AUTO_TEST_SUITE(mapped_files)

BOOST_AUTO_TEST_CASE(the_bytes_are_those_of_the_file_as_long_as_an_owner_lives) {
    scratch_folder const folder;
    put_file(folder / "a", "some bytes");
    std::optional<mapped_file> file(folder / "a");
    auto const bytes = file->bytes();
    auto const owner = file->owner();
    file.reset();
    std::filesystem::remove(folder / "a");
    BOOST_TEST(bytes == "some bytes");
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_bytes) {
    scratch_folder const folder;
    put_file(folder / "a", "");
    BOOST_TEST(mapped_file(folder / "a").bytes().empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_refused) {
    scratch_folder const folder;
    BOOST_TEST((failure_of([&] { (void)mapped_file(folder / "missing"); }) == failure::no_input));
    BOOST_TEST(failure_of([&] { (void)mapped_file(folder.path.string()); }).says("expected a regular file to map"));
}

BOOST_AUTO_TEST_SUITE_END()
