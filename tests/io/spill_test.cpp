#include "child_process.hpp"
#include "faulty_system.hpp"
#include "scratch_folder.hpp"
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/resource.h>
#include <vector>
import wordmill.core;
import wordmill.io;
#include "failure_of.hpp"

namespace {
using wordmill::failure;

/// 10 decimal digits for each number: any offset can be checked by counting.
std::string numbers(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) {
        auto const digits = std::to_string(i);
        text += std::string(10 - digits.size(), '0') + digits;
    }
    return text;
}
}

BOOST_AUTO_TEST_SUITE(spill)

BOOST_AUTO_TEST_CASE(what_was_written_comes_back_in_order_for_any_piece_size) {
    scratch_folder const folder;
    for (std::size_t piece : {1u, 7u, 65'536u, 300'000u}) {
        auto const text = numbers(0, piece == 1 ? 1'000 : 100'000);
        wordmill::spill_file file(folder.path);
        for (std::size_t at = 0; at < text.size(); at += piece) file.write(std::string_view(text).substr(at, piece));
        BOOST_TEST(file.bytes() == text.size());
        file.finish();
        std::string back;
        std::vector<char> buffer(piece);
        while (auto const n = file.read(buffer)) back.append(buffer.data(), n);
        BOOST_TEST((back == text));
    }
}

BOOST_AUTO_TEST_CASE(one_file_holds_many_runs_that_are_read_at_their_offsets) {
    scratch_folder const folder;
    wordmill::spill_file file(folder.path);
    std::vector<std::uint64_t> begins;
    for (int run = 0; run < 50; ++run) {
        begins.push_back(file.bytes());
        file.write(numbers(run * 1'000, run * 1'000 + 1'000));
    }
    file.finish();
    std::string number(10, ' ');
    for (int i = 0; i < 1'000; ++i) // as a merge reads: a little of each run in turn
        for (int run = 0; run < 50; run += 7) {
            BOOST_REQUIRE(file.read_at(begins[run] + 10u * i, number) == 10u);
            BOOST_REQUIRE(std::stoi(number) == run * 1'000 + i);
        }
    BOOST_TEST(file.read_at(file.bytes(), number) == 0u);
    BOOST_TEST(file.read_at(file.bytes() - 3, number) == 3u);
    BOOST_TEST(file.read_at(UINT64_MAX, number) == 0u);
}

BOOST_AUTO_TEST_CASE(a_finished_file_can_grow) {
    scratch_folder const folder;
    wordmill::spill_file file(folder.path);
    file.write("one");
    file.finish();
    file.write("two");
    file.finish();
    std::string text(9, ' ');
    BOOST_TEST(file.read(text) == 6u);
    BOOST_TEST(text.substr(0, 6) == "onetwo");
}

BOOST_AUTO_TEST_CASE(a_spill_file_has_no_name) {
    scratch_folder const folder;
    wordmill::spill_file file(folder.path);
    file.write(numbers(0, 100'000));
    file.finish();
    BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_refused_at_once) {
    scratch_folder const folder;
    put_file(folder / "file", "x");
    BOOST_TEST((failure_of([&] { wordmill::spill_file f(folder / "missing"); }) == failure::cannot_create));
    BOOST_TEST((failure_of([&] { wordmill::spill_file f(folder / "file"); }) == failure::cannot_create));
    BOOST_TEST((failure_of([&] { (void)wordmill::free_bytes(folder / "missing"); }) == failure::cannot_create));
    BOOST_TEST(wordmill::free_bytes(folder.path) > 0u);
}

BOOST_AUTO_TEST_CASE(the_temporary_folder_is_that_of_the_environment) {
    std::string const before = std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "";
    ::setenv("TMPDIR", "/nonexistent-folder", 1);
    BOOST_TEST(wordmill::temporary_folder() == "/nonexistent-folder");
    BOOST_TEST((failure_of([] { wordmill::spill_file f; }) == failure::cannot_create));
    ::unsetenv("TMPDIR");
    BOOST_TEST(wordmill::temporary_folder() == "/tmp");
    if (!before.empty()) ::setenv("TMPDIR", before.c_str(), 1);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_with_needed_and_free_bytes) {
    scratch_folder const folder;
    wordmill::spill_file file(folder.path);
    faulty::reset();
    faulty::fail(faulty::call::write, 1, ENOSPC);
    file.write("some bytes");
    try {
        file.finish();
        BOOST_ERROR("no error was thrown");
    } catch (wordmill::error const& e) {
        BOOST_TEST((e.kind() == failure::io));
        BOOST_TEST(e.message().find("needed 10 bytes, free ") != std::string::npos, e.what());
    }
    faulty::reset();
}

BOOST_AUTO_TEST_CASE(short_and_interrupted_writes_do_not_show) {
    scratch_folder const folder;
    wordmill::spill_file file(folder.path);
    faulty::reset();
    faulty::short_writes(1'000);
    auto const text = numbers(0, 50'000);
    file.write(text);
    file.finish();
    faulty::reset();
    std::string back(text.size(), ' ');
    BOOST_TEST(file.read(back) == text.size());
    BOOST_TEST((back == text));
}

BOOST_AUTO_TEST_CASE(the_file_size_limit_is_an_error_and_not_the_end_of_the_process) {
    scratch_folder const folder;
    int const status = in_child([&] {
        rlimit const limit{100'000, 100'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        try {
            wordmill::spill_file file(folder.path);
            file.write(numbers(0, 100'000));
            file.finish();
        } catch (wordmill::error const& e) {
            bool const named = e.message().find("file size limit 100000 bytes") != std::string::npos;
            return e.kind() == failure::io && named ? 0 : 1;
        }
        return 2;
    });
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(many_runs_need_one_descriptor) {
    scratch_folder const folder;
    int const status = in_child([&] {
        rlimit const limit{16, 16};
        ::setrlimit(RLIMIT_NOFILE, &limit);
        wordmill::spill_file file(folder.path);
        for (int run = 0; run < 100; ++run) {
            file.write(numbers(run, run + 100));
            file.finish();
        }
        std::string number(10, ' ');
        for (int run = 0; run < 100; ++run)
            if (file.read_at(run * 1'000u, number) != 10 || std::stoi(number) != run) return 1;
        return 0;
    });
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
