#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>
import wordmill.core;
using wordmill::failure;

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(an_error_is_one_line_with_place_message_and_hint) {
    wordmill::error const e(failure::bad_data, "expected UTF-8, found byte 0xff",
                            {.file = "a.txt.gz", .member = 2, .line = 17, .byte = 345}, "try --utf8 keep");
    BOOST_TEST(e.what() == "a.txt.gz, member 2, line 17, byte 345: expected UTF-8, found byte 0xff (try --utf8 keep)");
    BOOST_TEST(static_cast<int>(e.kind()) == 65);
    BOOST_TEST(*e.where().line == 17u);
}

BOOST_AUTO_TEST_CASE(control_characters_do_not_reach_the_terminal) {
    wordmill::error const e(failure::no_input, "found '\x1b[31m'", {.file = "two\nlines"});
    BOOST_TEST(e.what() == "two\\x0alines: found '\\x1b[31m'");
}

// The exit codes of the README: 71 for limits of the machine, 74 for disks.
BOOST_AUTO_TEST_CASE(a_limit_of_the_machine_is_named_whatever_was_expected_to_fail) {
    for (auto const expected : {failure::no_input, failure::cannot_create, failure::io}) {
        auto const files = wordmill::system_error(expected, "x", EMFILE, {}, "name another folder");
        BOOST_TEST((files.kind() == failure::resource));
        BOOST_TEST(files.hint().find("ulimit -n") != std::string::npos);
        BOOST_TEST((wordmill::system_error(expected, "x", ENOMEM).kind() == failure::resource));
        auto const threads = wordmill::system_error(expected, "x", EAGAIN);
        BOOST_TEST((threads.kind() == failure::resource));
        BOOST_TEST(threads.hint().find("ulimit -u") != std::string::npos);
        for (int const full : {ENOSPC, EDQUOT, EFBIG, EIO})
            BOOST_TEST((wordmill::system_error(expected, "x", full).kind() == failure::io));
        for (int const other : {ENOENT, EACCES, EROFS, ELOOP, ENAMETOOLONG})
            BOOST_TEST((wordmill::system_error(expected, "x", other).kind() == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_system_error_names_the_reason) {
    auto const e = wordmill::system_error(failure::no_input, "cannot open", ENOENT, {.file = "x"});
    BOOST_TEST(e.what() == "x: cannot open: No such file or directory");
}

BOOST_AUTO_TEST_CASE(a_broken_precondition_names_the_caller) {
    BOOST_CHECK_EXCEPTION(
        wordmill::expect(false, "radius must be positive"), wordmill::contract_violation, [](auto const& e) {
            std::string const text = e.what();
            return text.find("error_test.cpp:") != std::string::npos && text.ends_with(": radius must be positive");
        });
    BOOST_CHECK_NO_THROW(wordmill::expect(true, "fine"));
}

BOOST_AUTO_TEST_CASE(counts_and_sizes_never_wrap) {
    BOOST_TEST(wordmill::checked_sum(~0ULL - 1, 1) == ~0ULL);
    BOOST_CHECK_THROW((void)wordmill::checked_sum(~0ULL, 1), wordmill::error);
    BOOST_TEST(wordmill::checked_product(1ULL << 31, 1ULL << 32) == 1ULL << 63);
    BOOST_CHECK_THROW((void)wordmill::checked_product(1ULL << 32, 1ULL << 32), wordmill::error);
}

BOOST_AUTO_TEST_SUITE_END()
