#include "child_process.hpp"
#include "faulty_system.hpp"
#include "scratch_folder.hpp"
#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
import wordmill.core;
import wordmill.io;
#include "failure_of.hpp"

namespace {
using wordmill::failure;
using wordmill::output_file;
using names = std::set<std::string>;

std::string const new_text(700'000, 'n'); // several writes of the buffer

void write_new(std::string const& path, wordmill::codec compression = wordmill::codec::none) {
    output_file out(path, {.overwrite = true, .compression = compression});
    for (std::size_t at = 0; at < new_text.size(); at += 70'000)
        out.write(std::string_view(new_text).substr(at, 70'000));
    out.commit();
}

struct unarmed {
    unarmed() { faulty::reset(); }
    ~unarmed() { faulty::reset(); }
};
}

BOOST_AUTO_TEST_SUITE(output_faults)

BOOST_AUTO_TEST_CASE(every_call_that_fails_leaves_the_old_file_and_nothing_else) {
    scratch_folder const folder;
    unarmed const before_and_after;
    put_file(folder / "out", "old");
    write_new(folder / "out");
    long const calls = faulty::calls();
    BOOST_TEST(calls > 8);
    int refused = 0;
    for (long nth = 1; nth <= calls; ++nth) {
        faulty::reset();
        put_file(folder / "out", "old");
        faulty::reset();
        faulty::fail(faulty::call::any, nth, EIO);
        bool failed = false;
        try {
            write_new(folder / "out");
        } catch (wordmill::error const& e) {
            failed = true;
            BOOST_TEST((e.kind() == failure::io || e.kind() == failure::cannot_create), e.what());
        }
        faulty::reset();
        refused += failed;
        auto const text = file_bytes(folder / "out");
        BOOST_TEST((text == "old" || text == new_text), "call " << nth);
        BOOST_TEST((failed || text == new_text), "call " << nth); // no silent success
    }
    BOOST_TEST(refused >= 6); // open folder, lock, file; writes, fsyncs, close, rename
    write_new(folder / "out");
    BOOST_TEST(folder.names() == names{"out"});
}

BOOST_AUTO_TEST_CASE(a_failed_fsync_close_or_rename_keeps_the_old_file) {
    scratch_folder const folder;
    unarmed const before_and_after;
    for (auto const which : {faulty::call::fsync, faulty::call::rename}) {
        put_file(folder / "out", "old");
        faulty::fail(which, 1, EIO);
        BOOST_TEST((failure_of([&] { write_new(folder / "out"); }) == failure::io));
        faulty::reset();
        BOOST_TEST(file_bytes(folder / "out") == "old");
        BOOST_TEST(folder.names() == names{"out"});
    }
    put_file(folder / "out", "old");
    output_file out(folder / "out", {.overwrite = true});
    out.write("new");
    faulty::fail(faulty::call::close, 1, EIO);
    auto const error = failure_of([&] { out.commit(); });
    faulty::reset();
    BOOST_TEST((error == failure::io));
    BOOST_TEST(file_bytes(folder / "out") == "old");
    BOOST_TEST(folder.names() == names{"out"}); // removed at once, not when the object goes
    BOOST_TEST((failure_of([&] { out.write("more"); }) == failure::io));
}

BOOST_AUTO_TEST_CASE(a_full_disk_names_needed_and_free_bytes_and_removes_the_new_file) {
    scratch_folder const folder;
    unarmed const before_and_after;
    output_file out(folder / "out");
    out.write("12345");
    faulty::fail(faulty::call::write, 1, ENOSPC);
    auto const error = failure_of([&] { out.commit(); });
    BOOST_TEST((error == failure::io));
    BOOST_TEST(error.says("needed 5 bytes, free "), error.text);
    BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_CASE(short_and_interrupted_writes_do_not_show) {
    scratch_folder const folder;
    unarmed const before_and_after;
    faulty::short_writes(9'999);
    write_new(folder / "out");
    faulty::reset();
    BOOST_TEST((file_bytes(folder / "out") == new_text));
}

BOOST_AUTO_TEST_CASE(the_file_size_limit_is_an_error_and_not_a_signal) {
    scratch_folder const folder;
    put_file(folder / "out", "old");
    for (auto const signal_handler : {SIG_DFL, SIG_IGN}) {
        int const status = in_child([&] {
            ::signal(SIGXFSZ, signal_handler);
            rlimit const limit{300'000, 300'000};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            auto const error = failure_of([&] { write_new(folder / "out"); });
            return error == failure::io && error.says("file size limit 300000 bytes") ? 0 : 1;
        });
        BOOST_TEST(status == 0);
        BOOST_TEST(file_bytes(folder / "out") == "old");
        BOOST_TEST(folder.names() == names{"out"});
    }
}

BOOST_AUTO_TEST_CASE(killed_at_any_call_the_output_is_old_or_new_and_the_next_start_cleans_up) {
    scratch_folder const folder;
    unarmed const before_and_after;
    put_file(folder / "out", "old");
    faulty::reset();
    write_new(folder / "out");
    long const calls = faulty::calls();
    bool seen_old = false, seen_new = false, seen_leftovers = false;
    for (long nth = 1; nth <= calls + 1; ++nth) {
        put_file(folder / "out", "old");
        int const status = in_child([&] {
            faulty::reset();
            faulty::die(nth);
            write_new(folder / "out");
            return 0;
        });
        BOOST_TEST((nth > calls || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)), "call " << nth);
        auto const text = file_bytes(folder / "out");
        BOOST_REQUIRE((text == "old" || text == new_text));
        seen_old |= text == "old";
        seen_new |= text == new_text;
        seen_leftovers |= folder.names().size() > 2; // the lock and a half-written file
        output_file(folder / "out", {.overwrite = true}).commit();
        BOOST_TEST(file_bytes(folder / "out").empty());
        BOOST_TEST(folder.names() == names{"out"}, "call " << nth);
    }
    BOOST_TEST(seen_old);
    BOOST_TEST(seen_new);
    BOOST_TEST(seen_leftovers);
}

BOOST_AUTO_TEST_CASE(the_second_writer_is_refused_with_pid_and_host_of_the_first) {
    scratch_folder const folder;
    std::array<int, 2> ready{}, finish{};
    BOOST_REQUIRE((::pipe(ready.data()) == 0 && ::pipe(finish.data()) == 0));
    pid_t const first = ::fork();
    if (first == 0) {
        ::close(finish[1]);
        output_file out(folder / "out");
        out.write("first");
        char byte = 0;
        (void)!::write(ready[1], "r", 1);
        (void)!::read(finish[0], &byte, 1);
        out.commit();
        ::_exit(0);
    }
    char byte = 0;
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
    auto const error = failure_of([&] { output_file out(folder / "out"); });
    BOOST_TEST((error == failure::cannot_create));
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    BOOST_TEST(error.says("process " + std::to_string(first) + " on " + host.data()), error.text);
    { output_file other(folder / "another"); } // only the same output is kept away
    for (int end : {finish[1], finish[0], ready[0], ready[1]}) ::close(end);
    int status = 0;
    ::waitpid(first, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(file_bytes(folder / "out") == "first");
    BOOST_TEST(folder.names() == names{"out"});
}

BOOST_AUTO_TEST_CASE(one_process_cannot_write_the_same_output_twice_at_once) {
    scratch_folder const folder;
    output_file out(folder / "out");
    BOOST_TEST((failure_of([&] { output_file again(folder / "out"); }) == failure::cannot_create));
    out.write("text");
    out.commit();
    BOOST_TEST(file_bytes(folder / "out") == "text");
}

BOOST_AUTO_TEST_CASE(a_lock_that_nobody_holds_is_taken_over_whatever_it_says) {
    scratch_folder const folder;
    for (std::string const& text : {std::string("1 some-other-host\n"), std::string("garbage"), std::string{}}) {
        put_file(folder / ".out.lock", text);
        output_file(folder / "out", {.overwrite = true}).commit();
        BOOST_TEST(folder.names() == names{"out"});
    }
}

BOOST_AUTO_TEST_CASE(only_temporary_files_of_this_output_are_leftovers) {
    scratch_folder const folder;
    for (auto const* name : {".out.tmp-123", ".out.tmp-12x", ".out.tmp-", ".out2.tmp-123"}) put_file(folder / name, "");
    output_file(folder / "out").commit();
    BOOST_TEST(folder.names() == (names{".out.tmp-12x", ".out.tmp-", ".out2.tmp-123", "out"}));
}

BOOST_AUTO_TEST_SUITE_END()
