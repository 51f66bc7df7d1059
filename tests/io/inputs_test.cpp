#include "child_process.hpp"
#include "scratch_folder.hpp"
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>
import wordmill.core;
import wordmill.io;
#include "failure_of.hpp"

namespace {
using kind = wordmill::input_file::kind;
using wordmill::failure;
using names = std::vector<std::string>;

names found(names const& arguments) {
    names all;
    for (auto const& input : wordmill::find_inputs(arguments)) all.push_back(input.name);
    return all;
}

seen_failure refused(std::string const& argument) {
    return failure_of([&] { (void)wordmill::find_inputs(names{argument}); });
}
}

BOOST_AUTO_TEST_SUITE(inputs)

BOOST_AUTO_TEST_CASE(a_file_is_described_by_size_identity_and_time) {
    scratch_folder const folder;
    put_file(folder / "a.txt", "hello\n");
    struct stat expected{};
    ::stat((folder / "a.txt").c_str(), &expected);
    auto const inputs = wordmill::find_inputs(names{folder / "a.txt"});
    BOOST_REQUIRE(inputs.size() == 1u);
    BOOST_TEST(inputs[0].name == folder / "a.txt");
    BOOST_TEST((inputs[0].type == kind::regular));
    BOOST_TEST(inputs[0].can_reread());
    BOOST_TEST(inputs[0].bytes == 6u);
    BOOST_TEST(inputs[0].inode == expected.st_ino);
    BOOST_TEST(inputs[0].modified_ns / 1'000'000'000 == expected.st_mtim.tv_sec);
}

BOOST_AUTO_TEST_CASE(the_fingerprint_of_the_content_is_that_of_the_bytes_in_their_order_not_of_names_and_times) {
    scratch_folder const folder;
    std::filesystem::create_directory(folder.path / "copy");
    std::string large(5 << 20, 'x'); // beyond the size up to which all bytes count
    for (auto const& [name, content] :
         {std::pair("a", std::string("hello\n")), {"b", std::string("world\n")}, {"large", large}})
        for (std::string const where : {"", "copy/"}) put_file(folder / (where + name), content);
    auto const of = [&](names const& files) {
        names paths;
        for (auto const& file : files) paths.push_back(folder / file);
        return wordmill::content_fingerprint(wordmill::find_inputs(paths));
    };
    auto const expected = of({"a", "b", "large"});
    BOOST_TEST(expected != 0u);
    BOOST_TEST(of({"copy/a", "copy/b", "copy/large"}) == expected);
    BOOST_TEST(of({"b", "a", "large"}) != expected);
    BOOST_TEST(of({"a", "b"}) != expected);
    put_file(folder / "copy/a", "hellp\n");
    BOOST_TEST(of({"copy/a", "b", "large"}) != expected);
    for (std::size_t const at : {std::size_t{0}, large.size() - 1}) {
        auto other = large;
        other[at] = 'y';
        put_file(folder / "copy/large", other);
        BOOST_TEST(of({"a", "b", "copy/large"}) != expected);
    }
    put_file(folder / "copy/large", large + "x");
    BOOST_TEST(of({"a", "b", "copy/large"}) != expected);
}

BOOST_AUTO_TEST_CASE(arguments_keep_their_order_and_may_repeat) {
    scratch_folder const folder;
    put_file(folder / "a", "");
    put_file(folder / "b", "");
    names const given{folder / "b", folder / "a", folder / "b"};
    BOOST_TEST(found(given) == given, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_directory_is_its_regular_files_by_name_bytes_without_hidden_ones) {
    scratch_folder const folder;
    std::filesystem::create_directories(folder.path / "d/sub/.git");
    std::filesystem::create_directories(folder.path / "elsewhere");
    for (auto const* name :
         {"d/b", "d/B", "d/\xed\x95\x9c", "d/sub/x", "d/sub.txt", "d/.hidden", "d/sub/.git/config", "elsewhere/y"})
        put_file(folder / name, "1");
    ::mkfifo((folder / "d/fifo").c_str(), 0600);
    std::filesystem::create_symlink("../elsewhere/y", folder.path / "d/link");
    std::filesystem::create_directory_symlink("../elsewhere", folder.path / "d/more");
    // By hand: 'B' 0x42 < 'b' 0x62; "sub." 0x2e < "sub/" 0x2f; Hangul starts with 0xed.
    names const expected{folder / "d/B",       folder / "d/b",     folder / "d/link",        folder / "d/more/y",
                         folder / "d/sub.txt", folder / "d/sub/x", folder / "d/\xed\x95\x9c"};
    BOOST_TEST(found({folder / "d"}) == expected, boost::test_tools::per_element());
    BOOST_TEST(found({folder / "d/"}) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_directory_without_files_is_refused) {
    scratch_folder const folder;
    std::filesystem::create_directories(folder.path / "empty/sub");
    put_file(folder / "empty/.hidden", "1");
    BOOST_TEST((refused(folder / "empty") == failure::no_input));
    ::mkfifo((folder / "empty/fifo").c_str(), 0600);
    BOOST_TEST((refused(folder / "empty") == failure::no_input));
}

BOOST_AUTO_TEST_CASE(a_link_back_to_a_folder_above_is_refused_and_not_followed_for_ever) {
    scratch_folder const folder;
    std::filesystem::create_directories(folder.path / "a/b");
    put_file(folder / "a/b/file", "1");
    std::filesystem::create_directory_symlink("..", folder.path / "a/b/up");
    auto const error = refused(folder.path.string());
    BOOST_TEST((error == failure::no_input));
    BOOST_TEST(error.says("a/b/up"), error.text);
}

BOOST_AUTO_TEST_CASE(a_glob_gives_its_matches_by_name_bytes) {
    scratch_folder const folder;
    std::filesystem::create_directory(folder.path / "sub");
    for (auto const* name : {"b1.txt", "a2.txt", "a1.txt", "B.txt", "c.csv", ".d.txt", "sub/e.txt"})
        put_file(folder / name, "");
    auto const at = [&](names list) {
        for (auto& name : list) name = folder / name;
        return list;
    };
    BOOST_TEST(found({folder / "*.txt"}) == at({"B.txt", "a1.txt", "a2.txt", "b1.txt"}),
               boost::test_tools::per_element());
    BOOST_TEST(found({folder / "a?.txt", folder / "[bc]*"}) == at({"a1.txt", "a2.txt", "b1.txt", "c.csv"}),
               boost::test_tools::per_element());
    BOOST_TEST(found({folder / "*/*.txt"}) == at({"sub/e.txt"}), boost::test_tools::per_element());
    BOOST_TEST(found({folder / "s*"}) == at({"sub/e.txt"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_with_the_very_name_wins_over_the_pattern) {
    scratch_folder const folder;
    put_file(folder / "a[1].txt", "");
    put_file(folder / "a1.txt", "");
    BOOST_TEST(found({folder / "a[1].txt"}) == names{folder / "a[1].txt"}, boost::test_tools::per_element());
    std::filesystem::remove(folder / "a[1].txt");
    BOOST_TEST(found({folder / "a[1].txt"}) == names{folder / "a1.txt"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_named_with_its_reason) {
    scratch_folder const folder;
    put_file(folder / "file", "");
    std::filesystem::create_symlink("nowhere", folder.path / "dangling");
    std::filesystem::create_symlink("loop2", folder.path / "loop1");
    std::filesystem::create_symlink("loop1", folder.path / "loop2");
    struct row {
        std::string argument, reason;
    };
    for (auto const& [argument, reason] :
         {row{folder / "missing", "No such file or directory"}, row{folder / "file/below", "Not a directory"},
          row{folder / "dangling", "dangling link: its target 'nowhere'"}, row{folder / "loop1", "loop of links"},
          row{folder / "x*", "no file matches"}, row{folder / "dang*", "dangling link"}, row{"", "empty file name"},
          row{std::string("a\0b", 3), "NUL"}}) {
        auto const error = refused(argument);
        BOOST_TEST((error == failure::no_input));
        BOOST_TEST(error.says(reason), error.text);
    }
    auto const inside = refused(folder.path.string());
    BOOST_TEST((inside == failure::no_input));
    BOOST_TEST(inside.says("dangling"), inside.text);
    BOOST_TEST((failure_of([] { (void)wordmill::find_inputs({}); }) == failure::no_input));
}

BOOST_AUTO_TEST_CASE(a_file_without_read_permission_is_refused_before_anything_is_read) {
    scratch_folder const folder;
    put_file(folder / "a", "1");
    put_file(folder / "secret", "1");
    std::filesystem::create_directory(folder.path / "closed");
    std::filesystem::permissions(folder.path, std::filesystem::perms::all);
    std::filesystem::permissions(folder / "secret", std::filesystem::perms::none);
    std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
    int const status = in_child([&] { // as an ordinary user, also when the tests run as root
        if (::geteuid() == 0 && ::setuid(65534) != 0) return 3;
        for (auto const* name : {"secret", "closed", "closed/*"}) {
            auto const error = failure_of([&] { (void)wordmill::find_inputs(names{folder / "a", folder / name}); });
            if (!(error == failure::no_input) || !error.says("Permission denied")) return 1;
        }
        return 0;
    });
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(fifos_devices_and_sockets) {
    scratch_folder const folder;
    ::mkfifo((folder / "fifo").c_str(), 0600);
    auto const inputs = wordmill::find_inputs(names{folder / "fifo", "/dev/zero"}); // does not wait for a writer
    BOOST_TEST((inputs[0].type == kind::fifo));
    BOOST_TEST((inputs[1].type == kind::other));
    BOOST_TEST(!inputs[0].can_reread());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    auto const name = folder / "socket";
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    int const socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    BOOST_REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    BOOST_TEST((refused(name) == failure::no_input));
    ::close(socket);
}

BOOST_AUTO_TEST_CASE(standard_input_is_named_by_a_dash_and_only_once) {
    int const piped = in_child([] {
        int ends[2];
        if (::pipe(ends) != 0 || ::dup2(ends[0], 0) != 0) return 2;
        auto const inputs = wordmill::find_inputs(names{"-"});
        return inputs[0].type == kind::standard_input && inputs[0].name == "-" && inputs[0].bytes == 0 ? 0 : 1;
    });
    BOOST_TEST(piped == 0);
    BOOST_TEST((failure_of([] { (void)wordmill::find_inputs(names{"-", "-"}); }) == failure::no_input));
    int const status = in_child([] {
        ::close(0);
        return failure_of([] { (void)wordmill::find_inputs(names{"-"}); }) == failure::no_input ? 0 : 1;
    });
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(a_file_by_redirection_is_that_file_unless_part_of_it_was_read) {
    scratch_folder const folder;
    put_file(folder / "x", "words\n");
    auto const file = wordmill::find_inputs(names{folder / "x"}).at(0);
    auto const found_at = [&](off_t offset) {
        return in_child([&] {
            int const opened = ::open((folder / "x").c_str(), O_RDONLY);
            if (::dup2(opened, 0) != 0 || ::lseek(0, offset, SEEK_SET) != offset) return 2;
            auto const input = wordmill::find_inputs(names{"-"}).at(0);
            if (!input.can_reread()) return input.type == kind::standard_input ? 1 : 2;
            return input.inode == file.inode && input.bytes == 6 && same_file(input, folder / "x") ? 0 : 2;
        });
    };
    BOOST_TEST(found_at(0) == 0);
    BOOST_TEST(WEXITSTATUS(found_at(1)) == 1);
}

BOOST_AUTO_TEST_CASE(names_are_bytes) {
    scratch_folder const folder;
    names expected;
    for (auto const* name : {"\xff\xfe", "-dash", "a b", "line\nbreak", "tab\t"}) {
        put_file(folder / name, "1");
        expected.push_back(folder / name);
    }
    std::ranges::sort(expected, {},
                      [](std::string const& s) { return std::vector<unsigned char>(s.begin(), s.end()); });
    BOOST_TEST(found({folder.path.string()}) == expected, boost::test_tools::per_element());
    BOOST_TEST(found({folder / "*"}) == expected, boost::test_tools::per_element());
    BOOST_TEST(found(expected) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(many_files_in_deep_folders_need_few_descriptors) {
    scratch_folder const folder;
    std::string deep = folder / "f";
    for (int depth = 0; depth < 40; ++depth) {
        std::filesystem::create_directory(deep);
        for (int i = 0; i < 50; ++i) put_file(deep + "/f" + std::to_string(i), "1");
        deep += "/d";
    }
    int const status = in_child([&] {
        rlimit const limit{16, 16};
        ::setrlimit(RLIMIT_NOFILE, &limit);
        return found({folder.path.string()}).size() == 2'000u ? 0 : 1;
    });
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_CASE(the_fingerprint_changes_with_names_sizes_and_times) {
    scratch_folder const folder;
    put_file(folder / "a", "1");
    put_file(folder / "b", "2");
    names const both{folder / "a", folder / "b"};
    auto const print = [](names const& n) { return wordmill::fingerprint(wordmill::find_inputs(n)); };
    auto const first = print(both);
    BOOST_TEST(first != 0u);
    BOOST_TEST(print(both) == first);
    BOOST_TEST(print({both[1], both[0]}) != first);
    BOOST_TEST(print({both[0]}) != first);
    timespec const times[2]{{.tv_sec = 1'000, .tv_nsec = 1}, {.tv_sec = 1'000, .tv_nsec = 1}};
    ::utimensat(AT_FDCWD, both[0].c_str(), times, 0);
    auto const second = print(both);
    BOOST_TEST(second != first);
    put_file(both[0], "12");
    ::utimensat(AT_FDCWD, both[0].c_str(), times, 0);
    BOOST_TEST(print(both) != second);
    auto const third = print(both);
    std::filesystem::rename(both[0], folder / "c");
    BOOST_TEST(print({folder / "c", both[1]}) != third);
}

BOOST_AUTO_TEST_CASE(an_output_that_is_the_input_is_known_under_any_name) {
    scratch_folder const folder;
    put_file(folder / "a", "1");
    put_file(folder / "other", "1");
    std::filesystem::create_hard_link(folder / "a", folder / "hard");
    std::filesystem::create_symlink("a", folder.path / "soft");
    auto const input = wordmill::find_inputs(names{folder / "a"})[0];
    for (auto const* name : {"a", "./a", "hard", "soft"}) BOOST_TEST(wordmill::same_file(input, folder / name), name);
    for (auto const* name : {"other", "missing"}) BOOST_TEST(!wordmill::same_file(input, folder / name), name);
    auto const device = wordmill::find_inputs(names{"/dev/null"})[0];
    BOOST_TEST(!wordmill::same_file(device, "/dev/null"));
}

BOOST_AUTO_TEST_SUITE_END()
