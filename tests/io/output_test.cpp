#include "child_process.hpp"
#include "scratch_folder.hpp"
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
import wordmill.core;
import wordmill.io;
#include "failure_of.hpp"

namespace {
using wordmill::failure;
using wordmill::output_file;
using names = std::set<std::string>;

void put(std::string const& path, std::string_view text, wordmill::output_options options = {}) {
    output_file out(path, options);
    out.write(text);
    out.commit();
}

seen_failure refused(std::string const& path, wordmill::output_options options = {}) {
    return failure_of([&] { output_file out(path, options); });
}
}

BOOST_AUTO_TEST_SUITE(outputs)

BOOST_AUTO_TEST_CASE(an_output_is_there_whole_after_commit_and_not_before) {
    scratch_folder const folder;
    output_file out(folder / "out");
    out.write("one ");
    out.write("two");
    BOOST_TEST(!std::filesystem::exists(folder / "out"));
    BOOST_TEST(out.bytes_written() == 7u);
    out.commit();
    BOOST_TEST(file_bytes(folder / "out") == "one two");
    BOOST_TEST(folder.names() == names{"out"});
}

BOOST_AUTO_TEST_CASE(an_output_that_is_not_committed_leaves_nothing) {
    scratch_folder const folder;
    {
        output_file out(folder / "out");
        out.write(std::string(1'000'000, 'x'));
    }
    BOOST_TEST(folder.names().empty());
}

BOOST_AUTO_TEST_CASE(an_existing_output_is_kept_unless_it_may_be_overwritten) {
    scratch_folder const folder;
    put_file(folder / "out", "old");
    std::filesystem::permissions(folder / "out", std::filesystem::perms{0600});
    auto const error = refused(folder / "out");
    BOOST_TEST((error == failure::cannot_create));
    BOOST_TEST(error.says("--overwrite"), error.text);
    BOOST_TEST(file_bytes(folder / "out") == "old");
    {
        output_file out(folder / "out", {.overwrite = true});
        out.write("thrown away");
    }
    BOOST_TEST(file_bytes(folder / "out") == "old");
    put(folder / "out", "new", {.overwrite = true});
    BOOST_TEST(file_bytes(folder / "out") == "new");
    BOOST_TEST((std::filesystem::status(folder / "out").permissions() == std::filesystem::perms{0600}));
    BOOST_TEST(folder.names() == names{"out"});
}

BOOST_AUTO_TEST_CASE(a_file_that_appears_while_writing_is_not_overwritten) {
    scratch_folder const folder;
    output_file out(folder / "out");
    out.write("ours");
    put_file(folder / "out", "theirs");
    BOOST_TEST((failure_of([&] { out.commit(); }) == failure::cannot_create));
    BOOST_TEST(file_bytes(folder / "out") == "theirs");
    BOOST_TEST(folder.names() == names{"out"});
}

BOOST_AUTO_TEST_CASE(an_output_that_cannot_be_created_is_refused_at_once) {
    scratch_folder const folder;
    put_file(folder / "file", "");
    std::filesystem::create_symlink("nowhere", folder.path / "dangling");
    for (auto const& path : {folder / "missing/out", folder / "file/out", folder / "", folder.path.string(),
                             folder / "dangling", std::string{}, folder / std::string(300, 'n')})
        BOOST_TEST((refused(path, {.overwrite = true}) == failure::cannot_create), path);
    BOOST_TEST(folder.names() == (names{"file", "dangling"}));
}

BOOST_AUTO_TEST_CASE(a_folder_without_write_permission_is_refused_at_once) {
    scratch_folder const folder;
    std::filesystem::permissions(folder.path, std::filesystem::perms{0555});
    int const status = in_child([&] { // as an ordinary user, also when the tests run as root
        if (::geteuid() == 0 && ::setuid(65534) != 0) return 3;
        auto const error = refused(folder / "out");
        return error == failure::cannot_create && error.says("Permission denied") ? 0 : 1;
    });
    BOOST_TEST(status == 0);
    std::filesystem::permissions(folder.path, std::filesystem::perms{0755});
}

BOOST_AUTO_TEST_CASE(an_output_folder_that_vanishes_is_an_error) {
    scratch_folder const folder;
    std::filesystem::create_directory(folder.path / "sub");
    output_file out(folder / "sub/out");
    out.write("text");
    std::filesystem::remove_all(folder.path / "sub");
    BOOST_TEST((failure_of([&] { out.commit(); }) == failure::io));
}

BOOST_AUTO_TEST_CASE(through_a_link_the_file_behind_it_is_replaced) {
    scratch_folder const folder;
    std::filesystem::create_directory(folder.path / "real");
    put_file(folder / "real/out", "old");
    std::filesystem::create_symlink("real/out", folder.path / "link");
    put(folder / "link", "new", {.overwrite = true});
    BOOST_TEST(std::filesystem::is_symlink(folder.path / "link"));
    BOOST_TEST(file_bytes(folder / "real/out") == "new");
}

BOOST_AUTO_TEST_CASE(names_are_bytes_and_may_be_long) {
    scratch_folder const folder;
    for (std::string const& name :
         {std::string("\xff\xfe"), std::string("-"), std::string("a\nb"), std::string(255, 'n')}) {
        put(folder / name, "text");
        BOOST_TEST(file_bytes(folder / name) == "text");
    }
    BOOST_TEST(folder.names().size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_path_without_a_folder_stays_where_it_was_opened) {
    scratch_folder const folder;
    int const status = in_child([&] {
        std::filesystem::current_path(folder.path);
        output_file out("out");
        std::filesystem::current_path("/");
        out.write("text");
        out.commit();
        return 0;
    });
    BOOST_TEST(status == 0);
    BOOST_TEST(file_bytes(folder / "out") == "text");
}

BOOST_AUTO_TEST_CASE(a_dash_is_standard_output) {
    scratch_folder const folder;
    int const status = in_child([&] {
        ::dup2(::open((folder / "captured").c_str(), O_CREAT | O_WRONLY, 0600), 1);
        put("-", "to standard output");
        ::close(1);
        return refused("-") == failure::cannot_create ? 0 : 1;
    });
    BOOST_TEST(status == 0);
    BOOST_TEST(file_bytes(folder / "captured") == "to standard output");
}

BOOST_AUTO_TEST_CASE(a_reader_that_goes_away_is_an_error_and_not_a_signal) {
    int const status = in_child([] {
        std::array<int, 2> ends{};
        if (::pipe(ends.data()) != 0) return 3;
        ::dup2(ends[1], 1);
        ::close(ends[0]);
        try {
            put("-", "nobody reads this");
        } catch (wordmill::broken_pipe const& e) {
            return e.kind() == failure::io ? 0 : 1;
        }
        return 2;
    });
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_pipe_that_does_not_block_is_waited_for) {
    std::string const text(1'000'000, 'x'); // more than a pipe holds
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    pid_t const writer = ::fork();
    if (writer == 0) {
        ::close(ends[0]);
        ::dup2(ends[1], 1);
        put("-", text);
        ::_exit(0);
    }
    ::close(ends[1]);
    std::size_t seen = 0;
    std::array<char, 1000> buffer{};
    for (ssize_t n = 0; (n = ::read(ends[0], buffer.data(), buffer.size())) > 0;) seen += static_cast<std::size_t>(n);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(writer, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(seen == text.size());
}

BOOST_AUTO_TEST_CASE(a_fifo_is_written_directly) {
    scratch_folder const folder;
    ::mkfifo((folder / "fifo").c_str(), 0600);
    pid_t const writer = ::fork();
    if (writer == 0) {
        put(folder / "fifo", "through the fifo");
        ::_exit(0);
    }
    BOOST_TEST(file_bytes(folder / "fifo") == "through the fifo");
    int status = 0;
    ::waitpid(writer, &status, 0);
    BOOST_TEST(status == 0);
    BOOST_TEST(folder.names() == names{"fifo"});
}

BOOST_AUTO_TEST_CASE(a_full_device_is_an_error) {
    put("/dev/null", "gone");
    BOOST_TEST((failure_of([] { put("/dev/full", "text"); }) == failure::io));
    BOOST_TEST((failure_of([] { put("/dev/full", std::string(1'000'000, 'x')); }) == failure::io));
    BOOST_TEST((failure_of([] { put("/dev/full", "text", {.compression = wordmill::codec::zstd}); }) == failure::io));
}

BOOST_AUTO_TEST_CASE(a_moved_output_goes_on_and_an_assigned_one_lets_go) {
    scratch_folder const folder;
    output_file first(folder / "first");
    first.write("one ");
    output_file second(folder / "second");
    second = std::move(first);
    second.write("two");
    BOOST_TEST(folder.names().contains("second") == false);
    second.commit();
    BOOST_TEST(file_bytes(folder / "first") == "one two");
    BOOST_TEST(folder.names() == names{"first"});
    BOOST_CHECK_THROW(second.write("three"), wordmill::contract_violation);
}

BOOST_AUTO_TEST_SUITE_END()
